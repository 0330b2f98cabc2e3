package rollout_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
)

func TestSummary(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		policy rollout.Policy
		want   string
	}{
		{rollout.Policy{}, "Rolling, 1 of 2 at a time: at least 1 of 2 instances serve during a release"},
		{rollout.Policy{Method: rollout.RollingWithAdditionalBatch}, "RollingWithAdditionalBatch, 1 of 2 at a time: at least 2 of 2 instances serve during a release"},
		{rollout.Policy{Method: rollout.Immutable}, "Immutable: at least 2 of 2 instances serve during a release"},
		{rollout.Policy{Method: rollout.TrafficSplitting}, "TrafficSplitting, 10 % of requests for 5 minutes first: at least 2 of 2 instances serve during a release"},
		{rollout.Policy{Method: rollout.BlueGreen}, "BlueGreen, a second environment takes over: at least 2 of 2 instances serve during a release"},
		{rollout.Policy{Method: rollout.AllAtOnce, AllowDowntime: true, DowntimeReason: "a demo"},
			"AllAtOnce: no instance serves for a while during a release (allowed: a demo)"},
	} {
		assert.Equal(t, c.want, c.policy.Summary())
	}
}

func TestDescribe(t *testing.T) {
	t.Parallel()
	assert.Equal(t, `Rolling, 1 of 2 at a time: at least 1 of 2 instances serve during a release

step  action    batch  old  new  out  in service  takes about
1     drain     1      1    0    1    #.          1 min 00 s
2     deploy    1      1    0    1    #.          1 min 00 s
3     register  1      1    0    1    #.          10 s
4     confirm   1      1    1    0    #*          2 min 00 s
5     drain     2      0    1    1    *.          1 min 00 s
6     deploy    2      0    1    1    *.          1 min 00 s
7     register  2      0    1    1    *.          10 s
8     confirm   2      0    2    0    **          2 min 00 s
9     bake      -      0    2    0    **          10 min 00 s

# old version, * new version, . not in service; 2 in service when the release begins
A release takes about 18 min 20 s: 8 min 20 s to deploy it, and 10 min 00 s of bake. Then CodePipeline checks the alarm for a minute.
While it is deployed and through the bake, a probe asks the application once a second; one failed request puts the release back, one fault of the probe's own network aside.
The way back takes about 8 min 20 s: the pipeline deploys the previous version again.
While settings change, at least 2 of 2 instances serve.

If it fails:
  in step 1 to 4: batch 1 is out of service, 0 of 2 on the new version, 1 on the old; the pipeline deploys the previous version again
  in step 5 to 8: batch 2 is out of service, 1 of 2 on the new version, 0 on the old; the pipeline deploys the previous version again
  in step 9: alarms put the previous version back, which takes about 8 min 20 s
`, rollout.Policy{}.Describe())
}

func TestDescribeSaysWhatTheProbePutsUpWith(t *testing.T) {
	t.Parallel()
	for failures, want := range map[int]string{
		1: "once a second; more than 1 failed request puts the release back, one fault of the probe's own network aside.\n",
		3: "once a second; more than 3 failed requests put the release back, one fault of the probe's own network aside.\n",
	} {
		assert.Contains(t, rollout.Policy{ProbeMaxFailures: failures}.Describe(), want)
	}
	assert.Contains(t, rollout.Policy{Method: rollout.AllAtOnce}.Describe(),
		"Requests fail while it is deployed, and that puts nothing back; in the bake, one failed request puts it back.\n")
}

func TestDescribeFitsAScreen(t *testing.T) {
	t.Parallel()
	text := rollout.Policy{BatchSize: 1000, Fleet: rollout.Fleet{Min: 10000, Max: 10000}}.Describe()
	assert.Contains(t, text, "\nEach mark stands for 200 instances, the last of its kind for those that are left.\n")
	assert.Contains(t, text, "\n1     drain     1      9000  0      1000  "+strings.Repeat("#", 45)+".....  1 min 00 s\n")
	for line := range strings.Lines(text) {
		assert.LessOrEqual(t, utf8.RuneCountInString(line), 220, line)
	}
	assert.NotContains(t, rollout.Policy{Fleet: rollout.Fleet{Min: 50}}.Describe(), "Each mark")
}

func TestDescribeSaysThatHealthChecksAreIgnored(t *testing.T) {
	t.Parallel()
	p := rollout.Policy{IgnoreHealthCheck: true, IgnoreHealthCheckReason: "a broken sidecar"}
	assert.Contains(t, p.Describe(), "\nHealth checks are ignored (a broken sidecar): a release goes on to the next instances, and counts as deployed, when those before are not healthy.\n")
	assert.NotContains(t, rollout.Policy{}.Describe(), "ignored")
}

func TestDescribeNeverSaysThatMoreServeThanThereAre(t *testing.T) {
	t.Parallel()
	assert.Contains(t, rollout.Policy{MinInService: 3}.Describe(), "While settings change, at least 3 instances serve.\n")
	assert.Contains(t, rollout.Policy{MinInService: 1}.Describe(), "While settings change, at least 1 of 2 instances serve.\n")
}

func TestCompare(t *testing.T) {
	t.Parallel()
	const rest = `
A failed deployment leaves:
  AllAtOnce                   downtime
  Rolling                     one batch out of service, earlier batches on the new version
  RollingWithAdditionalBatch  minimal if the first batch fails, else like Rolling
  Immutable                   minimal
  TrafficSplitting            the share of traffic that was on the new version
  BlueGreen                   minimal

The way back from a bad release:
  AllAtOnce                   the pipeline deploys the previous version again
  Rolling                     the pipeline deploys the previous version again
  RollingWithAdditionalBatch  the pipeline deploys the previous version again
  Immutable                   the pipeline deploys the previous version again
  TrafficSplitting            the pipeline deploys the previous version again; during the evaluation its requests go back at once
  BlueGreen                   the addresses of the two environments are swapped back
`
	assert.Equal(t, `method                      takes about  least in service  most instances  extra instance-minutes  way back takes about
AllAtOnce (refused)         3 min 10 s   0 of 2            2               0                       3 min 10 s
Rolling                     8 min 20 s   1 of 2            2               0                       8 min 20 s
RollingWithAdditionalBatch  15 min 30 s  2 of 2            3               15                      15 min 30 s
Immutable (yours)           13 min 20 s  2 of 2            4               20                      13 min 20 s
TrafficSplitting            12 min 10 s  2 of 2            4               24                      12 min 10 s
BlueGreen                   12 min 00 s  2 of 2            4               0                       1 min 10 s

Refused:
  AllAtOnce  AllAtOnce leaves 0 of 2 instances in service (rollout/all-at-once)

Each release bakes for another 10 min 00 s, with the instances that it ends with.
`+rest, rollout.Policy{Method: rollout.Immutable}.Compare())

	priced := rollout.Policy{Method: rollout.BlueGreen, Fleet: rollout.Fleet{HourlyPrice: 0.0168}}
	assert.Equal(t, `method                      takes about  least in service  most instances  extra instance-minutes  extra cost  way back takes about
AllAtOnce (refused)         3 min 10 s   0 of 2            2               0                       $0.000      3 min 10 s
Rolling                     8 min 20 s   1 of 2            2               0                       $0.000      8 min 20 s
RollingWithAdditionalBatch  15 min 30 s  2 of 2            3               15                      $0.004      15 min 30 s
Immutable                   13 min 20 s  2 of 2            4               20                      $0.006      13 min 20 s
TrafficSplitting            12 min 10 s  2 of 2            4               24                      $0.007      12 min 10 s
BlueGreen (yours)           12 min 00 s  2 of 2            4               0                       $0.000      1 min 10 s

Refused:
  AllAtOnce  AllAtOnce leaves 0 of 2 instances in service (rollout/all-at-once)

Each release bakes for another 10 min 00 s, with the instances that it ends with.
Costs are those of instances alone, at about $0.0168 an hour each.
BlueGreen keeps 2 instances idle between releases, for about $24.53 a month; its second load balancer comes on top.
`+rest, priced.Compare())

	priced.ShrinkIdle = true
	assert.Contains(t, priced.Compare(), "BlueGreen keeps 1 instance idle between releases, for about $12.26 a month;")
}

func TestCompareMarksWhatIsRefused(t *testing.T) {
	t.Parallel()
	mine := rollout.Policy{BatchSize: 2}.Compare()
	assert.Contains(t, mine, "Rolling (yours, refused) ")
	assert.Contains(t, mine, "\n  Rolling    Rolling with batch 2 of minimum 2 leaves 0 instances in service (rollout/batch-takes-all)\n")
	assert.NotContains(t, mine, "Immutable (refused)")
	allowed := rollout.Policy{Method: rollout.AllAtOnce, AllowDowntime: true, DowntimeReason: "a demo"}.Compare()
	assert.NotContains(t, allowed, "efused", "consent to downtime is no reason to refuse those without")
	shrunk := rollout.Policy{Method: rollout.BlueGreen, ShrinkIdle: true}.Compare()
	assert.NotContains(t, shrunk, "shrink-idle", "nobody keeps what belongs to another method")
}

func TestCompareFitsAScreen(t *testing.T) {
	t.Parallel()
	p := rollout.Policy{Method: rollout.RollingWithAdditionalBatch, Fleet: rollout.Fleet{Min: 100, Max: 200, HourlyPrice: 1.5}}
	for line := range strings.Lines(p.Compare()) {
		assert.LessOrEqual(t, utf8.RuneCountInString(line), 160, line)
	}
}

func TestMethodTable(t *testing.T) {
	t.Parallel()
	assert.Equal(t, `| method | deploy time (1 fastest) | zero downtime | rollback | code deployed to | a failed deployment leaves |
|---|---|---|---|---|---|
| AllAtOnce | 1 | no | redeploy | existing instances | downtime |
| Rolling | 2, by batch size | yes | redeploy | existing instances | one batch out of service, earlier batches on the new version |
| RollingWithAdditionalBatch | 3, by batch size | yes | redeploy | new and existing | minimal if the first batch fails, else like Rolling |
| Immutable | 4 | yes | redeploy (new instances are terminated) | new instances | minimal |
| TrafficSplitting | 4, plus evaluation time | yes | traffic back to the old fleet | new instances | the share of traffic that was on the new version |
| BlueGreen | 5 | yes | swap URL | new environment | minimal |
`, rollout.MethodTable())
}
