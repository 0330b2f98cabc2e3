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
		{"network", constructs.NetworkProps{CIDR: netip.MustParsePrefix("10.0.0.0/28"), Zones: 4, NAT: "some", LogRetentionDays: 2, Disposable: "yes"},
			"CIDR: 10.0.0.0/28 is not a /16 to /23 block; use 10.0.0.0/23\n" +
				"Zones: 4 is not a number of availability zones that is supported; use 2 or 3\n" +
				"NAT: \"some\" is not one of the ways to the internet; use one of none, shared, per-zone\n" +
				"LogRetentionDays: 2 days is not a retention that CloudWatch Logs offers; use 3\n" +
				"Disposable: \"yes\" is not a reason; explain in two words or more why the flow log may be deleted, or leave it out"},
		{"database", constructs.DatabaseProps{Version: "9", StorageGiB: 10, Name: "postgres", User: "rdsadmin", BackupDays: 36, LogRetentionDays: -1},
			"Network is required\n"},
		{"database whose application is its master", constructs.DatabaseProps{Network: network, User: "application"},
			"User: \"application\" is the user that the application serves as; use a name such as app"},
		{"environment without anything", constructs.EnvironmentProps{Disposable: "yes"},
			"Name: \"\" is not 4 to 40 letters, digits and hyphens that neither begin nor end with a hyphen; use a name such as shop-production\n" +
				"Network is required\n" +
				"Disposable: \"yes\" is not a reason; explain in two words or more why logs may be deleted, or leave it out\n" +
				"AllowHTTP: there is neither a certificate nor a reason to serve plain HTTP, which everyone on the way can read and change; " +
				"give the ARN of an ACM certificate, or say here in two words or more why HTTP is acceptable"},
		{"environment with ways out", constructs.EnvironmentProps{Name: "shop", Network: network, AllowHTTP: "yes",
			AllowEgress: map[string]string{"all": "a proxy decides", "tcp/587": "", "tcp/443": "the package repositories"}},
			"AllowHTTP: \"yes\" is not a reason; explain in two words or more why plain HTTP is acceptable, or leave it out\n" +
				"AllowEgress: all opens every port, so the other names have no effect; remove it or them\n" +
				"AllowEgress[\"tcp/443\"]: tcp/443 is open in every environment; leave it out\n" +
				"AllowEgress[\"tcp/587\"]: a way out of the instances needs a reason; say in words why it is open, or leave it out"},
		{"environment", constructs.EnvironmentProps{Name: "shop", Network: network, AllowHTTP: "a demo", Policy: rollout.Policy{BatchSize: 2},
			Variables: map[string]string{"DB_PASSWORD": "hunter2"}},
			"Policy.BatchSize: rollout/batch-takes-all: Rolling with batch 2 of minimum 2 leaves 0 instances in service; use BatchSize 1, Fleet.Min 4, or RollingWithAdditionalBatch\n" +
				"Variables.DB_PASSWORD: "},
		{"environment with downtime", constructs.EnvironmentProps{Name: "shop", Network: network, AllowHTTP: "a demo", Policy: rollout.Policy{Method: rollout.AllAtOnce, Drain: 20 * time.Second}},
			"Policy.Drain: rollout/drain-cuts-requests: a deregistration delay of 20 s cuts requests that the load balancer lets wait for 60 s; use Drain 60 s or IdleTimeout 20 s\n" +
				"Policy.Method: rollout/all-at-once: AllAtOnce leaves 0 of 2 instances in service; use Rolling, or set AllowDowntime to true and say why in DowntimeReason"},
		{"repository", constructs.RepositoryProps{Name: "shop", Source: "nowhere", SSHPublicKey: "x"},
			"Source: \"nowhere\" has no buildspec.yml; run from the root of the repository, or name the directory of the application\nSSHPublicKey: "},
		{"pipeline that deploys anything", constructs.PipelineProps{AllowInBundle: map[string]string{".platform": "", "etc": "x"}},
			"AllowInBundle[\".platform\"]: a directory that changes what the templates decided needs a reason; say in words why it is deployed, or leave it out\n" +
				"AllowInBundle[\"etc\"]: \"etc\" is neither a directory that Elastic Beanstalk acts on nor an image with a tag or digest; use .ebextensions or .platform, or an image such as public.ecr.aws/nginx/nginx:1.28"},
		{"pipeline", constructs.PipelineProps{}, "Repository is required\nTargets is required"},
		{"pipeline of two architectures", constructs.PipelineProps{Repository: &constructs.Repository{}, Targets: []constructs.Target{
			{Name: "staging", Environment: &constructs.Environment{Architecture: limits.ARM64}},
			{Name: "staging", Environment: &constructs.Environment{Architecture: limits.X86_64}},
		}},
			"Targets[1].Name: \"staging\" is there twice; use another name\n" +
				"Targets[1].Environment: x86_64, but the image is built for the arm64 of Targets[0]; use instance types of one architecture"},
		{"pipeline that probes nowhere", constructs.PipelineProps{Repository: &constructs.Repository{}, Targets: []constructs.Target{
			{Name: "staging", Environment: &constructs.Environment{}, ProbePath: "up", ProbeHost: "shop.example.com:443"},
		}}, "Targets[0].ProbePath: \"up\" is not a path on the application; use a path of printable ASCII that begins with \"/\", such as /readyz\n" +
			"Targets[0].ProbeHost: \"shop.example.com:443\" is not the name of a host; use shop.example.com"},
		{"environment whose second name is too long", constructs.EnvironmentProps{Name: strings.Repeat("a", 35), Network: network,
			Policy: rollout.Policy{Method: rollout.BlueGreen}}, "which is longer than 40 characters"},
		{"alarms without anything", constructs.AlarmsProps{}, "Environment is required"},
		{"alarms", constructs.AlarmsProps{Environment: &constructs.Environment{Policy: rollout.Policy{}.WithDefaults()}, ErrorPercent: 101, MinRequests: -1,
			Latency: time.Hour, Health: "Bad", HealthyHosts: 5, FreeStoragePercent: 91, ConnectionsPercent: 101, CPUCredits: 1001},
			"ErrorPercent: 101 percent is outside 1 to 49; use 49\n" +
				"MinRequests: -1 requests a minute is outside 1 to 10000; use 1\n" +
				"Latency: 3600000 milliseconds is outside 10 to 60000; use 60000\n" +
				"Health: \"Bad\" is not a health that an alarm can wait for; use one of Warning, Degraded, Severe\n" +
				"HealthyHosts: a good release leaves 1 in service, fewer than 5 healthy instances, so it would be put back; use 1\n" +
				"FreeStoragePercent: 91 percent is outside 1 to 50; use 50\n" +
				"ConnectionsPercent: 101 percent is outside 1 to 99; use 99\n" +
				"CPUCredits: 1001 credits is outside 1 to 1000; use 1000"},
		{"database that says nothing of why it may go", constructs.DatabaseProps{Network: network, Disposable: "none"},
			`Disposable: "none" is not a reason; explain in two words or more why the database may be deleted, or leave it out`},
		{"repository that must not go", constructs.RepositoryProps{Name: "shop", Source: source, Disposable: "never delete our code"},
			`Disposable: "never delete our code" can be read as a refusal; explain in other words why the repository may be deleted, or leave it out`},
		{"pipeline with a switch for a reason", constructs.PipelineProps{Disposable: "yes"},
			`Disposable: "yes" is not a reason; explain in two words or more why images and artifacts may be deleted, or leave it out`},
		{"policy that says nothing of why it may go down", constructs.EnvironmentProps{Name: "shop", Network: network, AllowHTTP: "a demo",
			Policy: rollout.Policy{Method: rollout.AllAtOnce, AllowDowntime: true, DowntimeReason: "nope"}},
			`downtime is allowed without a reason ("nope" is a refusal or explains nothing; use two words or more); say why in DowntimeReason`},
		{"environment whose variables contradict it", constructs.EnvironmentProps{Name: "shop", Network: network, AllowHTTP: "a demo",
			Variables: map[string]string{"DATABASE_POOL": "50", "PORT": "9999"}},
			"Variables.DATABASE_POOL: the environment sets it itself, to the number of connections that every check of a release assumes; " +
				"change connectionsPerInstance (Connections.PerInstance of a policy), or use another name\n" +
				"Variables.PORT: the load balancer's requests go to the containerPort in Dockerrun.aws.json"},
		{"environment among its own siblings", constructs.EnvironmentProps{Name: "shop", Network: network, Siblings: []string{"crm", "shop", "shop-eu"}},
			"Siblings[0]: \"crm\" is not 4 to 40 letters, digits and hyphens that neither begin nor end with a hyphen; use a name such as shop-production\n" +
				"Siblings[1]: \"shop\" is the environment itself; remove it"},
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

func TestCertificatesAndSecretsBelongToTheAccountAndRegionOfTheStack(t *testing.T) {
	_, err := constructstest.Synth(func(app awscdk.App) {
		stack := awscdk.NewStack(app, new("Prod"), &awscdk.StackProps{Env: &awscdk.Environment{Account: new("222233334444"), Region: new("us-east-1")}})
		constructs.NewEnvironment(stack, "Web", constructs.EnvironmentProps{Name: "shop", Network: &constructs.Network{},
			CertificateARN: "arn:aws:acm:eu-west-1:222233334444:certificate/0c2ba4e8-1e3a-4a3f-9a49-0123456789ab",
			Secrets:        map[string]string{"API": "arn:aws:ssm:us-east-1:111122223333:parameter/api"}})
	})
	assert.EqualError(t, err, "Prod/Web cannot be made so:\n"+
		"CertificateARN: a certificate of eu-west-1 does not work in us-east-1; use one of us-east-1\n"+
		"Secrets.API: a parameter of account 111122223333 does not work in account 222233334444; use one of account 222233334444")
}

func TestConstructorsNameThePathOfWhatTheyRefuse(t *testing.T) {
	_, err := constructstest.Synth(func(app awscdk.App) {
		stack := awscdk.NewStack(app, new("Prod"), nil)
		constructs.NewNetwork(stack, "Network", constructs.NetworkProps{Zones: 1})
	})
	assert.EqualError(t, err, "Prod/Network cannot be made so:\nZones: 1 is not a number of availability zones that is supported; use 2 or 3")
}
