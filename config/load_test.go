package config_test

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/config"
)

func showcase() config.Environment {
	return config.Environment{
		Name:     "showcase",
		Network:  config.Network{CIDR: netip.MustParsePrefix("10.0.0.0/16"), Zones: 2, NAT: "none"},
		Database: config.Database{InstanceClass: "db.t4g.micro", StorageGiB: 20, Version: "17", Name: "app", BackupDays: 7, ConnectionsPerInstance: 5},
		Fleet:    config.Fleet{InstanceType: "t4g.small", MinInstances: 2, MaxInstances: 4, VolumeGiB: 30, ScaleOutPercent: 70, ScaleInPercent: 25},
		Deployment: config.Deployment{Method: "Rolling", BatchSize: 1, TrafficPercent: 10, EvaluationMinutes: 5, BakeMinutes: 10, ProbePath: "/readyz",
			ConfigurationUpdates: "Rolling", MinInService: 2, DrainSeconds: 60, IdleTimeoutSeconds: 60, CommandTimeoutSeconds: 600},
		Health:  config.Health{Path: "/readyz", IntervalSeconds: 10, TimeoutSeconds: 5, HealthyThreshold: 3, UnhealthyThreshold: 3},
		Updates: config.Updates{Window: "Sun:03:00", Level: "minor"},
		Alarms: config.Alarms{ErrorPercent: 2, MinRequests: 30, LatencyMilliseconds: 3000, Health: "Degraded", HealthyHosts: 1,
			FreeStoragePercent: 10, ConnectionsPercent: 80, CPUCredits: 30},
		Dashboard: true,
		AllowHTTP: "a showcase without a domain of its own",
	}
}

func defaults() config.Config {
	return config.Config{
		Service:          "zero-downtime",
		LogRetentionDays: 30,
		Repository:       config.Repository{Branch: "main"},
		Environments:     []config.Environment{showcase()},
	}
}

func TestNothingWrittenGivesTheDefaults(t *testing.T) {
	t.Parallel()
	for name, context := range map[string]string{
		"no context":      "",
		"an empty one":    " {} ",
		"no environments": `{"environments": []}`,
		"empty objects":   `{"environments": [{"network": {}, "variables": {}}], "repository": {}, "tags": {}}`,
		"no object":       "null",
		"null":            `{"service": null, "tags": {"a": null}, "minInstances": null, "environments": [{"fleet": null, "network": {"cidr": null}}]}`,
		"what CDK keeps for itself": `{"@aws-cdk/core:target-partitions": ["aws"], "aws:cdk:enable-path-metadata": true,
			"availability-zones:account=111122223333:region=eu-west-1": ["eu-west-1a"], "aws-cdk:enableDiffNoFail": "true",
			"acknowledged-issue-numbers": [1], "cdk-migrate": true, "cli-telemetry": false}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg, err := load(context)
			require.NoError(t, err)
			assert.Equal(t, defaults(), cfg)
		})
	}
}

const (
	secretARN = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:mail-AbCdEf"
	keyARN    = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
)

// everything is a configuration in which no setting has its default in all environments.
func everything() config.Config {
	internal := showcase()
	internal.Name, internal.Deployment.Method = "internal", "AllAtOnce"
	internal.Deployment.AllowDowntime, internal.Deployment.DowntimeReason = true, "no customers at night"
	internal.Database.ConnectionsPerInstance = 0
	return config.Config{
		Service: "shop", Account: "111122223333", Region: "eu-west-1", NotifyEmail: "ops@example.com",
		Tags: map[string]string{"team": "web"}, LogRetentionDays: 7, Disposable: "a demo that ends on Friday", KmsKeyArn: keyARN,
		Repository: config.Repository{Branch: "trunk", GitUser: true, SSHPublicKey: publicKey, Protected: true},
		Bundle:     config.Bundle{Allow: map[string]string{".ebextensions": "a demo of settings", ".platform": "a swap file", "public.ecr.aws/nginx/nginx:1.28": "a proxy for uploads"}},
		Environments: []config.Environment{showcase(), {
			Name: "production", Approval: true,
			Network:  config.Network{CIDR: netip.MustParsePrefix("10.1.0.0/20"), Zones: 3, NAT: "per-zone"},
			Database: config.Database{InstanceClass: "db.t4g.large", StorageGiB: 100, Version: "18", Name: "shop", BackupDays: 35, MultiAZ: true, ConnectionsPerInstance: 9},
			Fleet:    config.Fleet{InstanceType: "m7g.large", MinInstances: 3, MaxInstances: 7, VolumeGiB: 32, ScaleOutPercent: 80, ScaleInPercent: 20},
			Deployment: config.Deployment{Method: "BlueGreen", BatchSize: 2, TrafficPercent: 20, EvaluationMinutes: 10, BakeMinutes: 15, ProbePath: "/", ProbeHost: "shop.example.com",
				ProbeMaxFailures: 3, ShrinkIdle: true, ConfigurationUpdates: "Rolling", MinInService: 4, StickySessions: true,
				IgnoreHealthCheck: true, IgnoreHealthCheckReason: "a sidecar that is known to fail",
				DrainSeconds: 120, IdleTimeoutSeconds: 90, CommandTimeoutSeconds: 900},
			Health:  config.Health{Path: "/healthz", IntervalSeconds: 15, TimeoutSeconds: 6, HealthyThreshold: 2, UnhealthyThreshold: 4},
			Updates: config.Updates{Window: "Tue:04:30", Level: "patch"},
			Alarms: config.Alarms{ErrorPercent: 5, MinRequests: 100, LatencyMilliseconds: 800, Health: "Warning", HealthyHosts: 2,
				FreeStoragePercent: 20, ConnectionsPercent: 70, CPUCredits: 60},
			CertificateArn: "arn:aws:acm:eu-west-1:111122223333:certificate/12345678", Variables: map[string]string{"LOG_LEVEL": "debug"},
			AllowHTTP: "old links lead here", AllowEgress: map[string]string{"tcp/587": "mail through SMTP", "udp/4500-4510": "a tunnel to the office"},
			Secrets: map[string]string{"MAIL_PASSWORD": secretARN},
		}, internal},
	}
}

func TestEverySettingCanBeChangedAndIsReadBack(t *testing.T) {
	t.Parallel()
	want := everything()
	written, err := json.Marshal(want)
	require.NoError(t, err)
	got, err := config.Load(written)
	require.NoError(t, err)
	assert.Equal(t, want, got)
}

func TestValuesMayBeTextAsTheCommandLineGivesThem(t *testing.T) {
	t.Parallel()
	cfg, err := load(`{"account": 111122223333, "logRetentionDays": "7", "repository": {"gitUser": "true"},
		"environments": [{"database": {"version": 18, "multiAZ": "true"}, "variables": {"WORKERS": 8, "RATIO": 0.25}}]}`)
	require.NoError(t, err)
	want := defaults()
	want.Account, want.LogRetentionDays, want.Repository.GitUser = "111122223333", 7, true
	want.Environments[0].Database.Version, want.Environments[0].Database.MultiAZ = "18", true
	want.Environments[0].Variables = map[string]string{"WORKERS": "8", "RATIO": "0.25"}
	assert.Equal(t, want, cfg)
}

func TestOverridesReachEveryEnvironment(t *testing.T) {
	t.Parallel()
	cfg, err := load(`{"environments": [{"name": "staging"}, {"name": "production", "fleet": {"minInstances": 6}}],
		"method": "TrafficSplitting", "batchSize": "2", "trafficPercent": "50", "evaluationMinutes": "15", "bakeMinutes": "20", "configurationUpdates": "Rolling", "shrinkIdle": "false", "minInstances": "3", "instanceType": "c7g.large", "zones": "3", "nat": "shared",
		"instanceClass": "db.r7g.large", "multiAZ": "true"}`)
	require.NoError(t, err)
	want := showcase()
	want.Deployment.Method, want.Deployment.BatchSize, want.Deployment.TrafficPercent = "TrafficSplitting", 2, 50
	want.Deployment.EvaluationMinutes = 15
	want.Deployment.BakeMinutes, want.Deployment.ConfigurationUpdates, want.Deployment.MinInService = 20, "Rolling", 3
	want.Alarms.HealthyHosts = 3
	want.Fleet.MinInstances, want.Fleet.MaxInstances, want.Fleet.InstanceType = 3, 6, "c7g.large"
	want.Network.Zones, want.Network.NAT = 3, "shared"
	want.Database.InstanceClass, want.Database.MultiAZ = "db.r7g.large", true
	want.Alarms.CPUCredits = 0
	staging, production := want, want
	staging.Name, production.Name = "staging", "production"
	assert.Equal(t, []config.Environment{staging, production}, cfg.Environments)
}

func TestMaximumIsTwiceTheMinimumWithinWhatBeanstalkAllows(t *testing.T) {
	t.Parallel()
	for context, want := range map[string]int{
		`{}`: 4,
		`{"environments": [{"fleet": {"minInstances": 3}}]}`:                    6,
		`{"environments": [{"fleet": {"minInstances": 5, "maxInstances": 5}}]}`: 5,
		`{"minInstances": "3"}`:                                                                 6,
		`{"minInstances": "3", "maxInstances": "3"}`:                                            3,
		`{"minInstances": "3", "environments": [{"fleet": {"maxInstances": 7}}]}`:               7,
		`{"maxInstances": "5", "environments": [{"fleet": {"maxInstances": 3}}]}`:               5,
		`{"region": "", "environments": [{"fleet": {"minInstances": "2", "maxInstances": 3}}]}`: 3,
	} {
		t.Run(context, func(t *testing.T) {
			t.Parallel()
			cfg, err := load(context)
			require.NoError(t, err)
			assert.Equal(t, want, cfg.Environments[0].Fleet.MaxInstances)
		})
	}
}

func TestSettingsThatAreLeftOutFollowTheOthers(t *testing.T) {
	t.Parallel()
	for context, want := range map[string]struct {
		updates, probe   string
		inService, hosts int
	}{
		`{}`:                      {"Rolling", "/readyz", 2, 1},
		`{"method": "Immutable"}`: {"Immutable", "/readyz", 2, 2},
		`{"method": "Immutable", "configurationUpdates": "Immutable", "minInstances": "1", "maxInstances": "1"}`: {"Immutable", "/readyz", 0, 1},
		`{"method": "BlueGreen", "shrinkIdle": true, "minInstances": "5", "maxInstances": "5"}`:                  {"Rolling", "/readyz", 4, 5},
		`{"method": "AllAtOnce", "allowDowntime": "true", "downtimeReason": "a demo"}`:                           {"Rolling", "/readyz", 2, 1},
		first(`"health": {"path": "/up"}, "alarms": {"healthyHosts": 1}, "deployment": {"minInService": 1}`):     {"Rolling", "/up", 1, 1},
		first(`"deployment": {"probePath": "/"}`):                                                                {"Rolling", "/", 2, 1},
	} {
		t.Run(context, func(t *testing.T) {
			t.Parallel()
			cfg, err := load(context)
			require.NoError(t, err)
			e := cfg.Environments[0]
			assert.Equal(t, want.updates, e.Deployment.ConfigurationUpdates)
			assert.Equal(t, want.probe, e.Deployment.ProbePath)
			assert.Equal(t, want.inService, e.Deployment.MinInService)
			assert.Equal(t, want.hosts, e.Alarms.HealthyHosts)
		})
	}
}

// No RDS instance accepts so many connections, but the message shows the maximum.
func TestMaximumIsNoMoreThanBeanstalkAllows(t *testing.T) {
	t.Parallel()
	_, err := load(`{"method": "Immutable", "minInstances": "6000"}`)
	require.ErrorContains(t, err, "a managed platform update doubles 10000 instances to 20000")
}

func TestFortyEightEnvironmentsAndFortyFiveTags(t *testing.T) {
	t.Parallel()
	_, err := load(crowd(48, 45))
	require.NoError(t, err)
	_, err = load(crowd(49, 46))
	require.EqualError(t, err, "2 problems in the configuration (cdk.json and -c):\n"+
		"  tags: 46 tags are more than the 50 that a Beanstalk environment can have beside 3 of Beanstalk's and 2 of this app; use at most 45\n"+
		"  environments: 49 environments and 0 approvals make a pipeline of 51 stages, and it can have 50; use at most 48 of both together")
}

func crowd(environments, tags int) []byte {
	var places, labels []string
	for i := range environments {
		places = append(places, fmt.Sprintf(`{"name": "place-%d"}`, i))
	}
	for i := range tags {
		labels = append(labels, fmt.Sprintf(`"tag%d": "x"`, i))
	}
	return []byte(`{"environments": [` + strings.Join(places, ",") + `], "tags": {` + strings.Join(labels, ",") + `}}`)
}

// A Beanstalk environment is named service-environment and may have 40 characters.
func TestLongestNamesFitBeanstalk(t *testing.T) {
	t.Parallel()
	service, environment := strings.Repeat("s", 20), strings.Repeat("e", 16)
	cfg, err := load(`{"service": "` + service + `", "environments": [{"name": "` + environment + `"}]}`)
	require.NoError(t, err)
	assert.LessOrEqual(t, len(cfg.Service+"-"+cfg.Environments[0].Name), 40)
}
