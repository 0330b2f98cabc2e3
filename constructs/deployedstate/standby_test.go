package deployedstate_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/deployedstate"
)

func TestStandbyIsTakenAwayOnlyWhileIdle(t *testing.T) {
	t.Parallel()
	away := func(name string, holds func(*testing.T, result), described ...reply) promise {
		return promise{name: name, holds: holds, given: scenario{
			Events: []event{takeStandbyAway(nil)}, RemainingMs: longEnough, AWS: runs(described...),
		}}
	}
	allowed := func(pauses int) func(*testing.T, result) {
		return func(t *testing.T, got result) {
			keeps(t, got)
			assert.Len(t, got.Pauses, pauses)
		}
	}
	refused := func(pauses int, words ...string) func(*testing.T, result) {
		return func(t *testing.T, got result) {
			failed(append(words, "takes away the environment shop-green", "nothing was changed")...)(t, got)
			assert.Len(t, got.Pauses, pauses)
		}
	}
	live := environments(first("Ready", "v42", idle), standby("Ready", "v43", stable))
	quiet := environments(first("Ready", "v42", stable), standby("Ready", "v41", idle))
	isLive := refused(0, "shop-green, which is live with version v43, while shop-live is idle with version v42",
		"release the wanted version once more", "aws elasticbeanstalk swap-environment-cnames "+
			"--source-environment-name shop-live --destination-environment-name shop-green; then deploy again")

	keep(t, []promise{
		away("refused when it is live", isLive, live),
		away("refused when it is live, with addresses of the older form", isLive,
			environments(first("Ready", "v42", oldIdle), standby("Ready", "v43", oldStable))),
		away("allowed when it is idle", allowed(0), quiet),
		away("allowed when it is idle, with addresses of the older form", allowed(0),
			environments(first("Ready", "v42", oldStable), standby("Ready", "v43", oldIdle))),
		away("allowed when it is gone", allowed(0), environments(first("Ready", "v42", stable))),
		away("allowed when it is on its way out", allowed(0),
			environments(first("Ready", "v42", stable), standby("Terminating", "v41", idle))),
		away("believed to be gone only after several looks", refused(1, "is live with version v43"),
			environments(), live),
		away("allowed when nothing is there", allowed(6), environments()),
		away("after a swap that is under way", refused(2, "is live with version v43"),
			environments(first("Updating", "v42", stable), standby("Updating", "v43", idle)),
			environments(first("Ready", "v42", idle), standby("Updating", "v43", stable)), live),
		away("after a swap that is seen at the first only", refused(1, "is live with version v43"),
			environments(first("Updating", "v42", stable), standby("Ready", "v43", idle)), live),
		away("refused while it is busy for longer than the function can wait",
			refused(56, "which is Updating: a swap may be under way", "wait until shop-green is Ready"),
			environments(first("Ready", "v42", stable), standby("Updating", "v43", idle))),
		away("refused when only the first is busy for longer than the function can wait",
			failed("shop-live is Updating", "nothing was changed"),
			environments(first("Updating", "v42", stable), standby("Ready", "v41", idle))),
		away("allowed when the addresses make sense at the second look", allowed(1),
			environments(first("Ready", "v42", stable), standby("Ready", "v41", stable)), quiet),
		away("refused when both have an address of the first", refused(3, "cannot be told whether that one is live",
			"shop-live has the CNAME "+stable+", shop-green has the CNAME "+stable,
			"aws elasticbeanstalk terminate-environment --environment-name shop-green"),
			environments(first("Ready", "v42", stable), standby("Ready", "v41", stable))),
		away("refused when both have an address of the standby", refused(3, "cannot be told"),
			environments(first("Ready", "v42", idle), standby("Ready", "v41", oldIdle))),
		away("refused when one has no address", refused(3, "shop-live has the CNAME (none)"),
			environments(environment("Ready", "v42"), standby("Ready", "v41", idle))),
		away("refused when it is the only one left", refused(3, "there is no shop-live"),
			environments(standby("Ready", "v41", idle))),
		away("allowed when it never came up, as in the rollback of an update that adds it", allowed(0),
			environments(first("Ready", "v42", stable), standby("Launching", "v42", idle))),
		away("refused when it is live and rebuilt", refused(1, "is live with version v43"),
			environments(first("Ready", "v42", idle), standby("Launching", "v43", stable)), live),
		{
			name: "refused although the application changes, too",
			given: scenario{
				Events: []event{takeStandbyAway(map[string]any{
					deployedstate.PropertyApplicationName: "blog",
					deployedstate.PropertyEnvironmentName: "blog",
				})},
				RemainingMs: longEnough, AWS: runs(live),
			},
			holds: func(t *testing.T, got result) {
				isLive(t, got)
				assert.Equal(t, map[string]any{
					"ApplicationName": "shop", "EnvironmentNames": []any{"shop-live", "shop-green"},
					"IncludeDeleted": false,
				}, got.input(t, "DescribeEnvironments"))
			},
		},
		{
			name: "refused without a wait where the template wants none",
			given: scenario{
				Events:      []event{takeStandbyAway(map[string]any{deployedstate.PropertyWaitSeconds: "0"})},
				RemainingMs: longEnough,
				AWS:         runs(environments(first("Ready", "v42", stable), standby("Updating", "v43", idle))),
			},
			holds: refused(0, "which is Updating"),
		},
		{
			name: "and the rollback of a refused update succeeds",
			given: scenario{
				Events:      []event{takeStandbyAway(nil), update(map[string]any{deployedstate.PropertyStandby: "shop-green"})},
				RemainingMs: longEnough, AWS: runs(live),
			},
			holds: func(t *testing.T, got result) {
				assert.Equal(t, "FAILED", got.Answers[0]["Status"])
				assert.Equal(t, "SUCCESS", got.Answers[1]["Status"])
				assert.Equal(t, deployedstate.Keep, got.Answers[1]["Data"].(map[string]any)[deployedstate.AttributeVersionLabel])
			},
		},
		{
			name: "and an update that keeps it asks nothing",
			given: scenario{
				Events:      []event{takeStandbyAway(map[string]any{deployedstate.PropertyStandby: "shop-green"})},
				RemainingMs: longEnough, AWS: runs(live),
			},
			holds: func(t *testing.T, got result) {
				keeps(t, got)
				assert.Equal(t, []string{"DescribeEnvironments", "DescribeApplicationVersions"}, got.names())
			},
		},
	})
}

// takeStandbyAway returns the update that ends a time with a standby, with more properties changed.
func takeStandbyAway(changes map[string]any) event {
	e := update(changes)
	e["OldResourceProperties"].(map[string]any)[deployedstate.PropertyStandby] = "shop-green"
	return e
}
