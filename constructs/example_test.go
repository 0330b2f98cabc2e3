package constructs_test

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
)

var (
	stack    awscdk.Stack
	network  *constructs.Network
	database *constructs.Database
	web      *constructs.Environment
	alarms   *constructs.Alarms
)

func ExampleNewNetwork() {
	network := constructs.NewNetwork(stack, "Network", constructs.NetworkProps{
		Zones: 3,
		NAT:   constructs.NATPerZone,
	})
	_ = network.VPC // an ordinary awsec2.Vpc
}

func ExampleNewDatabase() {
	database := constructs.NewDatabase(stack, "Database", constructs.DatabaseProps{
		Network: network,
		MultiAZ: true,
	})
	_ = database.Password // the secret, for whoever else connects
}

func ExampleNewEnvironment() {
	web := constructs.NewEnvironment(stack, "Web", constructs.EnvironmentProps{
		Name:           "shop",
		Network:        network,
		Database:       database,
		CertificateARN: "arn:aws:acm:eu-west-1:111122223333:certificate/0c2ba4e8-1e3a-4a3f-9a49-0123456789ab",
		Policy: rollout.Policy{
			Method:     rollout.TrafficSplitting,
			Evaluation: 10 * time.Minute,
			Fleet:      rollout.Fleet{Min: 3, Max: 9},
		},
	})
	_ = web.EndpointURL()
}

func ExampleNewAlarms() {
	alarms := constructs.NewAlarms(stack, "Alarms", constructs.AlarmsProps{
		Environment: web,
		Database:    database,
		Latency:     800 * time.Millisecond,
	})
	constructs.NewDashboard(stack, "Dashboard", constructs.DashboardProps{Alarms: alarms})
}

func ExampleNewPipeline() {
	repository := constructs.NewRepository(stack, "Repository", constructs.RepositoryProps{
		Name:   "shop",
		Source: "starter",
	})
	constructs.NewPipeline(stack, "Pipeline", constructs.PipelineProps{
		Repository: repository,
		Targets: []constructs.Target{{
			Name: "production", Environment: web, Alarms: alarms, Approval: true,
		}},
	})
}
