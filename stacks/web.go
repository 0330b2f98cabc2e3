package stacks

import (
	"slices"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/config"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs"
)

// Web is the stack with the Elastic Beanstalk environment.
type Web struct {
	Stack       awscdk.Stack
	Environment *constructs.Environment
	// Alarms watch the environment and its database.
	Alarms *constructs.Alarms
	// Topic hears of the environment's events. Nil where nobody is to be told.
	Topic awssns.ITopic
}

// NewWeb defines the web stack of env.
func NewWeb(scope awscdk.Stage, cfg config.Config, env config.Environment, network *Network, data *Data) *Web {
	stack := newStack(scope, cfg, env.Name, "web", "Elastic Beanstalk environment")
	web, key := &Web{Stack: stack}, encryptionKey(stack, cfg)
	if cfg.IsShowcase() {
		awscdk.Annotations_Of(stack).AcknowledgeWarning(new(constructs.WarningPlainHTTP), new("a showcase"))
	}
	if cfg.NotifyEmail != "" {
		web.Topic = constructs.NewNotifications(stack, "Notifications", constructs.NotificationsProps{
			Name:          Name(cfg, env.Name),
			Email:         cfg.NotifyEmail,
			EncryptionKey: key,
		}).Topic
	}
	web.Environment = constructs.NewEnvironment(stack, "Web", constructs.EnvironmentProps{
		Name:             Name(cfg, env.Name),
		Network:          network.Network,
		Database:         data.Database,
		Policy:           env.Policy(),
		InstanceType:     env.Fleet.InstanceType,
		VolumeGiB:        env.Fleet.VolumeGiB,
		CertificateARN:   env.CertificateArn,
		AllowHTTP:        env.AllowHTTP,
		AllowEgress:      env.AllowEgress,
		Variables:        env.Variables,
		Secrets:          env.Secrets,
		UpdateWindow:     env.Updates.Window,
		UpdateLevel:      env.Updates.Level,
		LogRetentionDays: cfg.LogRetentionDays,
		Topic:            web.Topic,
		EncryptionKey:    key,
		Disposable:       cfg.Disposable,
		Siblings:         siblings(cfg, env),
	})
	output(stack, "EnvironmentUrl", web.Environment.EndpointURL(), "Address of the application")
	web.watch(env, data)
	return web
}

// siblings are the names of the other environments of cfg.
func siblings(cfg config.Config, env config.Environment) []string {
	var names []string
	for _, other := range cfg.Environments {
		if other.Name != env.Name {
			names = append(names, Name(cfg, other.Name))
		}
	}
	slices.Sort(names)
	return names
}

// watch defines the alarms, and the dashboard that shows them.
func (w *Web) watch(env config.Environment, data *Data) {
	w.Alarms = constructs.NewAlarms(w.Stack, "Alarms", constructs.AlarmsProps{
		Environment:        w.Environment,
		Database:           data.Database,
		ErrorPercent:       env.Alarms.ErrorPercent,
		MinRequests:        env.Alarms.MinRequests,
		Latency:            time.Duration(env.Alarms.LatencyMilliseconds) * time.Millisecond,
		Health:             env.Alarms.Health,
		HealthyHosts:       env.Alarms.HealthyHosts,
		FreeStoragePercent: env.Alarms.FreeStoragePercent,
		ConnectionsPercent: env.Alarms.ConnectionsPercent,
		CPUCredits:         env.Alarms.CPUCredits,
		Topic:              w.Topic,
	})
	if env.Dashboard {
		dashboard := constructs.NewDashboard(w.Stack, "Dashboard", constructs.DashboardProps{Alarms: w.Alarms})
		output(w.Stack, "DashboardUrl", dashboard.URL, "What to look at when something is wrong")
	}
}
