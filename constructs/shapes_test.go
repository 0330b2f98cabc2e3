package constructs_test

import (
	"fmt"
	"log"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/constructstest"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/internal/synth"
)

// smallest is every construct with the least that it takes, everything with all options on, and
// methods has an environment for each deployment method, approval begins with an environment that waits for
// approval. encrypted has what holds data, encrypted with the key in keys, a stack of its own. They are
// synthesized once and looked at by all tests.
var smallest, everything, methods, approval, encrypted, keys constructstest.Template

// findings are what the constructs of all shapes were annotated with.
var findings []synth.Finding

const source = "../starter"

func TestMain(m *testing.M) {
	constructstest.Main(m, func() {
		assembly, err := constructstest.Synth(func(app awscdk.App) {
			defineSmallest(awscdk.NewStack(app, new("Smallest"), nil))
			defineEverything(awscdk.NewStack(app, new("Everything"), nil))
			defineMethods(awscdk.NewStack(app, new("Methods"), nil))
			defineEncrypted(awscdk.NewStack(app, new("Encrypted"), nil), awskms.NewKey(awscdk.NewStack(app, new("Keys"), nil), new("Key"), nil))
			defineApproval(awscdk.NewStack(app, new("Approval"), nil))
		})
		if err != nil {
			log.Print(err)
			os.Exit(1)
		}
		smallest, everything, methods = assembly.Stacks["Smallest"], assembly.Stacks["Everything"], assembly.Stacks["Methods"]
		encrypted, keys = assembly.Stacks["Encrypted"], assembly.Stacks["Keys"]
		approval = assembly.Stacks["Approval"]
		findings = assembly.Findings
	})
}

func defineSmallest(stack awscdk.Stack) {
	network := constructs.NewNetwork(stack, "Network", constructs.NetworkProps{})
	database := constructs.NewDatabase(stack, "Database", constructs.DatabaseProps{Network: network})
	web := constructs.NewEnvironment(stack, "Web", constructs.EnvironmentProps{
		Name: "shop", Network: network, Database: database, AllowHTTP: "a demo",
	})
	alarms := constructs.NewAlarms(stack, "Alarms", constructs.AlarmsProps{Environment: web, Database: database})
	constructs.NewDashboard(stack, "Dashboard", constructs.DashboardProps{Alarms: alarms})
	repository := constructs.NewRepository(stack, "Repository", constructs.RepositoryProps{Name: "shop", Source: source})
	constructs.NewPipeline(stack, "Pipeline", constructs.PipelineProps{
		Repository: repository,
		Targets:    []constructs.Target{{Name: "production", Environment: web, Alarms: alarms}},
	})
}

func defineEverything(stack awscdk.Stack) {
	const why = "a demo"
	network := constructs.NewNetwork(stack, "Network", constructs.NetworkProps{
		CIDR: netip.MustParsePrefix("10.20.0.0/20"), Zones: 3, NAT: constructs.NATPerZone, LogRetentionDays: 7, Disposable: why,
	})
	database := constructs.NewDatabase(stack, "Database", constructs.DatabaseProps{
		Network: network, InstanceClass: "db.m7g.large", StorageGiB: 100, Version: "18", Name: "shop", User: "shopkeeper",
		BackupDays: 35, MultiAZ: true, LogRetentionDays: 7, Disposable: why,
	})
	topic := constructs.NewNotifications(stack, "Notifications", constructs.NotificationsProps{
		Name: "shop", Email: "ops@example.com",
	}).Topic
	environment := func(id, name string, database *constructs.Database, http string, egress map[string]string) *constructs.Environment {
		return constructs.NewEnvironment(stack, id, constructs.EnvironmentProps{
			Name: name, Network: network, Database: database,
			Policy: rollout.Policy{
				Method: rollout.TrafficSplitting, TrafficPercent: 25, Evaluation: 10 * time.Minute,
				Fleet: rollout.Fleet{Min: 3, Max: 9}, Health: rollout.HealthCheck{Path: "/up"},
				Bake: 15 * time.Minute, ProbeMaxFailures: 2, Connections: rollout.Connections{PerInstance: 9},
				IdleTimeout: 90 * time.Second, Drain: 90 * time.Second,
			},
			InstanceType: "m7i.large", VolumeGiB: 40,
			CertificateARN: "arn:aws:acm:eu-west-1:111122223333:certificate/0c2ba4e8-1e3a-4a3f-9a49-0123456789ab",
			AllowHTTP:      http, AllowEgress: egress,
			Variables: map[string]string{
				"LOG_LEVEL": "debug", "FEATURES": "a,b;c", "HOME_REGION": *awscdk.Aws_REGION(), "HOMEREGION": *awscdk.Aws_REGION(),
			},
			Secrets: map[string]string{
				"STRIPE_KEY": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:stripe-AbCdEf",
				"SMTP_LOGIN": "arn:aws:ssm:eu-west-1:111122223333:parameter/smtp",
			},
			UpdateWindow: "Tue:22:30", UpdateLevel: "patch", LogRetentionDays: 7, Topic: topic, Disposable: why,
		})
	}
	staging := environment("Staging", "shop-staging", nil, "old links lead here", map[string]string{"all": "a proxy decides"})
	production := environment("Production", "shop-production", database, "", map[string]string{"udp/4500-4510": "a tunnel to the office", "tcp/587": "mail through SMTP"})
	alarms := constructs.NewAlarms(stack, "ProductionAlarms", constructs.AlarmsProps{
		Environment: production, Database: database, ErrorPercent: 7, MinRequests: 100, Latency: 250 * time.Millisecond,
		Health: "Severe", HealthyHosts: 2, FreeStoragePercent: 20, ConnectionsPercent: 50, Topic: topic,
	})
	repository := constructs.NewRepository(stack, "Repository", constructs.RepositoryProps{
		Name: "shop", Source: source, Branch: "release", GitUser: true, SSHPublicKey: publicKey, Disposable: why,
	})
	constructs.NewPipeline(stack, "Pipeline", constructs.PipelineProps{
		Repository: repository, LogRetentionDays: 7, Topic: topic, Disposable: why,
		AllowInBundle: map[string]string{".platform": "a swap file", ".ebextensions": why, "public.ecr.aws/nginx/nginx:1.28": "a proxy"},
		ProtectBranch: true,
		Targets: []constructs.Target{
			{Name: "staging", Environment: staging},
			{Name: "production", Environment: production, Approval: true, ProbePath: "/", ProbeHost: "shop.example.com", Alarms: alarms},
		},
	})
}

func defineMethods(stack awscdk.Stack) {
	network := constructs.NewNetwork(stack, "Network", constructs.NetworkProps{})
	var targets []constructs.Target
	for _, method := range rollout.Methods() {
		policy := rollout.Policy{Method: method, ShrinkIdle: method == rollout.BlueGreen}
		if method == rollout.AllAtOnce {
			policy.AllowDowntime, policy.DowntimeReason = true, "a demo"
		}
		environment := constructs.NewEnvironment(stack, string(method), constructs.EnvironmentProps{
			Name: "shop-" + string(method), Network: network, Policy: policy, AllowHTTP: "a demo",
		})
		alarms := constructs.NewAlarms(stack, string(method)+"Alarms", constructs.AlarmsProps{Environment: environment})
		targets = append(targets, constructs.Target{Name: fmt.Sprintf("%.12s", strings.ToLower(string(method))), Environment: environment, Alarms: alarms})
	}
	repository := constructs.NewRepository(stack, "Repository", constructs.RepositoryProps{Name: "shop", Source: source})
	constructs.NewPipeline(stack, "Pipeline", constructs.PipelineProps{Repository: repository, Targets: targets})
}

func defineEncrypted(stack awscdk.Stack, key awskms.IKey) {
	network := constructs.NewNetwork(stack, "Network", constructs.NetworkProps{EncryptionKey: key})
	database := constructs.NewDatabase(stack, "Database", constructs.DatabaseProps{Network: network, EncryptionKey: key})
	topic := constructs.NewNotifications(stack, "Notifications", constructs.NotificationsProps{
		Name: "shop", Email: "ops@example.com", EncryptionKey: key,
	}).Topic
	environment := func(id string, method rollout.Method, own awskms.IKey) *constructs.Environment {
		return constructs.NewEnvironment(stack, id, constructs.EnvironmentProps{
			Name: "shop-" + id, Network: network, Database: database, AllowHTTP: "a demo",
			Policy: rollout.Policy{Method: method}, Topic: topic, EncryptionKey: own,
		})
	}
	repository := constructs.NewRepository(stack, "Repository", constructs.RepositoryProps{
		Name: "shop", Source: source, GitUser: true, SSHPublicKey: publicKey, EncryptionKey: key,
	})
	constructs.NewPipeline(stack, "Pipeline", constructs.PipelineProps{
		Repository: repository, Topic: topic, EncryptionKey: key,
		Targets: []constructs.Target{
			{Name: "staging", Environment: environment("staging", rollout.Rolling, nil)},
			{Name: "production", Environment: environment("production", rollout.BlueGreen, key), Approval: true},
		},
	})
}

func defineApproval(stack awscdk.Stack) {
	network := constructs.NewNetwork(stack, "Network", constructs.NetworkProps{})
	var targets []constructs.Target
	for _, name := range []string{"first", "second"} {
		environment := constructs.NewEnvironment(stack, name, constructs.EnvironmentProps{Name: "shop-" + name, Network: network, AllowHTTP: "a demo"})
		targets = append(targets, constructs.Target{Name: name, Environment: environment, Approval: name == "first"})
	}
	repository := constructs.NewRepository(stack, "Repository", constructs.RepositoryProps{Name: "shop", Source: source})
	constructs.NewPipeline(stack, "Pipeline", constructs.PipelineProps{Repository: repository, Targets: targets})
}

// publicKey belongs to nobody: its private half was thrown away.
const publicKey = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC1qFexAofVnm8ZhjHuX+QOk8ZkDd2cjK2JUS3jJG4GSZLVatqVocd7aUc+gTQM48QQNDUaS618qFAABvTXouJr2t48n1E26swzwd/W5u87WvF6gmfS3pdA3oMwYo/1Qex9LaSM/W+VsIt+wDVs7Za0johsxXGwdBgom1YrGSB8MCPlR8j+4YC+PZzZTs549lviL3uPC9rQeaMMlhDlXfivPG3k1moGK5xo6suxQ5EbRR1mi2ymb4t4nItJxvgsONvy9GABIopCNt5aj+lMGAkdwmW3U7JHlHOpm6mq+nGpeW8pniRq2WaOGiCjHTY5x2MVS2QsDh5yBfF+bOqQ31Jz test@example.com"
