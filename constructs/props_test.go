package constructs_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/constructstest"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/limits"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
)

func TestPropsReportEverythingAtOnce(t *testing.T) {
	network := &constructs.Network{}
	for _, c := range []struct {
		name  string
		props interface{ Validate() error }
		want  string
	}{
		{"network", constructs.NetworkProps{CIDR: netip.MustParsePrefix("10.0.0.0/28"), Zones: 4, NAT: "some", LogRetentionDays: 2},
			"CIDR: 10.0.0.0/28 is not a /16 to /23 block; use 10.0.0.0/23\n" +
				"Zones: 4 is not a number of availability zones that is supported; use 2 or 3\n" +
				"NAT: \"some\" is not one of the ways to the internet; use one of none, shared, per-zone\n" +
				"LogRetentionDays: 2 days is not a retention that CloudWatch Logs offers; use 3"},
		{"database", constructs.DatabaseProps{Version: "9", StorageGiB: 10, Name: "postgres", User: "rdsadmin", BackupDays: 36, LogRetentionDays: -1},
			"Network is required\n"},
		{"environment without anything", constructs.EnvironmentProps{},
			"Name: \"\" is not 4 to 40 letters, digits and hyphens that neither begin nor end with a hyphen; use a name such as shop-production\n" +
				"Network is required"},
		{"environment", constructs.EnvironmentProps{Name: "shop", Network: network, Policy: rollout.Policy{BatchSize: 2},
			Variables: map[string]string{"DB_PASSWORD": "hunter2"}},
			"Policy.BatchSize: rollout/batch-takes-all: Rolling with batch 2 of minimum 2 leaves 0 instances in service; use BatchSize 1, Fleet.Min 4, or RollingWithAdditionalBatch\n" +
				"Variables.DB_PASSWORD: "},
		{"environment with downtime", constructs.EnvironmentProps{Name: "shop", Network: network, Policy: rollout.Policy{Method: rollout.AllAtOnce, Drain: 20 * time.Second}},
			"Policy.Drain: rollout/drain-cuts-requests: a deregistration delay of 20 s cuts requests that the load balancer lets wait for 60 s; use Drain 60 s or IdleTimeout 20 s\n" +
				"Policy.Method: rollout/all-at-once: AllAtOnce leaves 0 of 2 instances in service; use Rolling, or set AllowDowntime to true and say why in DowntimeReason"},
		{"repository", constructs.RepositoryProps{Name: "shop", Source: "nowhere", SSHPublicKey: "x", NoGitUser: true},
			"Source: \"nowhere\" has no buildspec.yml; run from the root of the repository, or name the directory of the application\nSSHPublicKey: "},
		{"pipeline", constructs.PipelineProps{}, "Repository is required\nTargets is required"},
		{"pipeline of two architectures", constructs.PipelineProps{Repository: &constructs.Repository{}, Targets: []constructs.Target{
			{Name: "staging", Environment: &constructs.Environment{Architecture: limits.ARM64}},
			{Name: "staging", Environment: &constructs.Environment{Architecture: limits.X86_64}},
		}},
			"Targets[1].Name: \"staging\" is there twice; use another name\n" +
				"Targets[1].Environment: x86_64, but the image is built for the arm64 of Targets[0]; use instance types of one architecture"},
		{"pipeline that probes nowhere", constructs.PipelineProps{Repository: &constructs.Repository{}, Targets: []constructs.Target{
			{Name: "staging", Environment: &constructs.Environment{}, ProbePath: "up"},
		}}, "Targets[0].ProbePath: \"up\" is not a path on the application; use one that begins with \"/\", such as /readyz"},
		{"environment whose second name is too long", constructs.EnvironmentProps{Name: strings.Repeat("a", 35), Network: network,
			Policy: rollout.Policy{Method: rollout.BlueGreen}}, "which is longer than 40 characters"},
		{"alarms without anything", constructs.AlarmsProps{}, "Environment is required"},
		{"alarms", constructs.AlarmsProps{Environment: &constructs.Environment{Policy: rollout.Policy{}.WithDefaults()}, ErrorPercent: 101, MinRequests: -1,
			Latency: time.Hour, Health: "Bad", HealthyHosts: 5, FreeStoragePercent: 91, ConnectionsPercent: 101, CPUCredits: 1001},
			"ErrorPercent: 101 percent is outside 1 to 99; use 99\n" +
				"MinRequests: -1 requests a minute is outside 1 to 100000; use 1\n" +
				"Latency: 3600000 milliseconds is outside 1 to 60000; use 60000\n" +
				"Health: \"Bad\" is not a health that an alarm can wait for; use one of Warning, Degraded, Severe\n" +
				"HealthyHosts: a good release leaves 1 in service, fewer than 5 healthy instances, so it would be put back; use 1\n" +
				"FreeStoragePercent: 91 percent is outside 1 to 90; use 90\n" +
				"ConnectionsPercent: 101 percent is outside 1 to 99; use 99\n" +
				"CPUCredits: 1001 credits is outside 1 to 1000; use 1000"},
		{"dashboard", constructs.DashboardProps{}, "Alarms is required"},
		{"notifications", constructs.NotificationsProps{}, "Name: \"\" is not 4 to 40"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.props.Validate()
			require.Error(t, err)
			assert.Contains(t, err.Error(), c.want)
			assert.NotContains(t, err.Error(), "hunter2")
		})
	}
}

func TestConstructorsNameThePathOfWhatTheyRefuse(t *testing.T) {
	_, err := constructstest.Synth(func(app awscdk.App) {
		stack := awscdk.NewStack(app, new("Prod"), nil)
		constructs.NewNetwork(stack, "Network", constructs.NetworkProps{Zones: 1})
	})
	assert.EqualError(t, err, "Prod/Network cannot be made so:\nZones: 1 is not a number of availability zones that is supported; use 2 or 3")
}
