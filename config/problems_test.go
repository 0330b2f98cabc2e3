package config_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/config"
)

// message is the whole error for these lines.
func message(lines ...string) string {
	noun := "problems"
	if len(lines) == 1 {
		noun = "problem"
	}
	return fmt.Sprintf("%d %s in the configuration (cdk.json and -c):\n  %s", len(lines), noun, strings.Join(lines, "\n  "))
}

type bad struct {
	context string
	want    []string
}

func refuse(t *testing.T, table []bad) {
	t.Helper()
	for _, c := range table {
		t.Run(c.want[0], func(t *testing.T) {
			t.Parallel()
			cfg, err := load(c.context)
			require.EqualError(t, err, message(c.want...))
			assert.Equal(t, config.Config{}, cfg, "nobody goes on with half a configuration")
		})
	}
}

// first wraps the settings of the first environment, and say the line about one of them.
func first(settings string) string { return `{"environments": [{` + settings + `}]}` }

func say(lines ...string) []string {
	for i, line := range lines {
		lines[i] = "environments[0]." + line
	}
	return lines
}

const rewritten = "a number that JavaScript rewrites, such as 1.0 as 1, or with more than 15 digits; put the value in quotes"

func TestWrongKinds(t *testing.T) {
	t.Parallel()
	refuse(t, []bad{
		{`{"service": `, []string{"context: not JSON from line 1, character 12 on; run the app with the CDK CLI, as in `cdk synth`"}},
		{`{"service": "a",}`, []string{"context: not JSON from line 1, character 17 on; run the app with the CDK CLI, as in `cdk synth`"}},
		{`{} {}`, []string{"context: not JSON from line 1, character 4 on; run the app with the CDK CLI, as in `cdk synth`"}},
		{`[]`, []string{`context: a list is not an object; use { "service": … }`}},
		{`"x"`, []string{`context: a text is not an object; use { "service": … }`}},
		{`{"service": ["shop"]}`, []string{"service: a list is not a text; put the value in quotes"}},
		{`{"region": {}}`, []string{"region: an object is not a text; put the value in quotes"}},
		{`{"service": 1.0}`, []string{"service: " + rewritten}},
		{`{"tags": {"a": true, "b": 12345678901234567890, "c": 1e3, "d": -0, "e": 1.50, "f": 1e999, "g": 3, "h": -2.5, "i": 1e-7}}`, []string{
			"tags.a: true is not a text; put the value in quotes", "tags.b: " + rewritten, "tags.c: " + rewritten, "tags.d: " + rewritten,
			"tags.e: " + rewritten, "tags.f: " + rewritten}},
		{first(`"variables": {"DEBUG": false}`), say("variables.DEBUG: false is not a text; put the value in quotes")},
		{`{"service": "a", "tags": {"x": "1", "y": "2", "x": "3"}, "service": "shop"}`, []string{
			"service: written more than once; keep one", "tags.x: written more than once; keep one"}},
		{`{"environments": [{"fleet": {"minInstances": 3, "minInstances": 1, "minInstances": 2}}]}`, say("fleet.minInstances: written more than once; keep one")},
		{`{"tags": "team=web"}`, []string{`tags: a text is not an object; use { "NAME": "value" }`}},
		{`{"tags": {"team": ["web"]}}`, []string{"tags.team: a list is not a text; put the value in quotes"}},
		{`{"bundle": {"allow": [".platform"]}}`, []string{`bundle.allow: a list is not an object; use { "NAME": "value" }`}},
		{`{"repository": "main"}`, []string{`repository: a text is not an object; use { "branch": … }`}},
		{`{"environments": {"name": "production"}}`, []string{`environments: an object is not a list; use [ { "name": … } ]`}},
		{`{"environments": "production"}`, []string{`environments: a text is not a list; use [ { "name": … } ]`}},
		{`{"environments": ["production"]}`, []string{`environments[0]: a text is not an object; use { "name": … }`}},
		{`{"environments": 2}`, []string{`environments: a number is not a list; use [ { "name": … } ]`}},
		{first(`"fleet": 2`), say(`fleet: a number is not an object; use { "instanceType": … }`)},
		{first(`"fleet": {"minInstances": "two"}`), say(`fleet.minInstances: "two" is not a whole number; use a number such as 2`)},
		{first(`"fleet": {"minInstances": 2.5}`), say("fleet.minInstances: 2.5 is not a whole number; use a number such as 2")},
		{first(`"fleet": {"minInstances": 1e3}`), say("fleet.minInstances: 1e3 is not a whole number; use a number such as 2")},
		{first(`"fleet": {"maxInstances": true}`), say("fleet.maxInstances: true is not a whole number; use a number such as 2")},
		{first(`"fleet": {"maxInstances": []}`), say("fleet.maxInstances: a list is not a whole number; use a number such as 2")},
		{first(`"fleet": {"volumeGiB": "16 GiB"}`), say(`fleet.volumeGiB: "16 GiB" is not a whole number; use a number such as 30`)},
		{first(`"fleet": {"volumeGiB": 99999999999999999999}`), say("fleet.volumeGiB: 99999999999999999999 is out of range; use a number such as 30")},
		{first(`"deployment": {"evaluationMinutes": 307445734561825861}`), say("deployment.evaluationMinutes: 307445734561825861 is out of range; use a number such as 5")},
		{first(`"approval": "yes"`), say(`approval: "yes" is neither true nor false; use true or false`)},
		{first(`"approval": 1`), say("approval: 1 is neither true nor false; use true or false")},
		{first(`"database": {"multiAZ": {}}`), say("database.multiAZ: an object is neither true nor false; use true or false")},
		{first(`"network": {"cidr": "10.0.0.0"}`), say(`network.cidr: "10.0.0.0" is not an address block; use one such as 10.0.0.0/16`)},
		{first(`"network": {"cidr": 10}`), say("network.cidr: 10 is not an address block; use one such as 10.0.0.0/16")},
		{first(`"network": {"cidr": {}}`), say("network.cidr: an object is not an address block; use one such as 10.0.0.0/16")},
	})
}

const topLevel = "known settings: service, account, region, notifyEmail, tags, logRetentionDays, disposable, kmsKeyArn, repository, bundle, environments, " +
	"method, batchSize, trafficPercent, evaluationMinutes, bakeMinutes, shrinkIdle, configurationUpdates, allowDowntime, downtimeReason, minInstances, maxInstances, instanceType, zones, nat, " +
	"instanceClass, multiAZ"

func TestUnknownSettings(t *testing.T) {
	t.Parallel()
	refuse(t, []bad{
		{`{"enviroments": []}`, []string{"enviroments: unknown setting; did you mean environments?"}},
		{`{"environment": []}`, []string{"environment: unknown setting; did you mean environments?"}},
		{`{"Region": "eu-west-1"}`, []string{"Region: unknown setting; did you mean region?"}},
		{`{"batchsize": "2"}`, []string{"batchsize: unknown setting; did you mean batchSize?"}},
		{`{"variables": {"PASSWORD": "hunter22"}}`, []string{"variables: unknown setting; did you mean environments[].variables?"}},
		{`{"colour of the sky": 1}`, []string{`["colour of the sky"]: unknown setting; ` + topLevel}},
		{`{"repository": {"owner": "me"}}`, []string{"repository.owner: unknown setting; known settings: branch, gitUser, sshPublicKey, protected"}},
		{first(`"flet": {}`), say("flet: unknown setting; did you mean fleet?")},
		{first(`"fleet": {"batchSize": 2}`), say("fleet.batchSize: unknown setting; did you mean environments[].deployment.batchSize?")},
		{first(`"network": {"CIDR": "10.0.0.0/16"}`), say("network.CIDR: unknown setting; did you mean cidr?")},
		{first(`"deployment": {"canary": true}`), say("deployment.canary: unknown setting; known settings: method, batchSize, trafficPercent, evaluationMinutes, " +
			"bakeMinutes, probePath, probeHost, probeMaxFailures, shrinkIdle, configurationUpdates, minInService, stickySessions, ignoreHealthCheck, ignoreHealthCheckReason, " +
			"drainSeconds, idleTimeoutSeconds, commandTimeoutSeconds, allowDowntime, downtimeReason")},
		{`{"a\nb": 1, "zz": 1}`, []string{`["a\nb"]: unknown setting; ` + topLevel, "zz: unknown setting; " + topLevel}},
	})
}

func TestValuesThatAWSRefuses(t *testing.T) {
	t.Parallel()
	refuse(t, []bad{
		{`{"service": "My Shop"}`, []string{`service: "My Shop" is not 2 to 20 lower-case letters, digits and single hyphens that begin with a letter; use my-shop`}},
		{`{"account": "123"}`, []string{"account: \"123\" is not twelve digits; use what `aws sts get-caller-identity` shows as Account, in quotes"}},
		{`{"region": "Ireland"}`, []string{`region: "Ireland" is not a region's name; use one such as eu-west-1`}},
		{`{"notifyEmail": "ops"}`, []string{`notifyEmail: "ops" is not an e-mail address; use one such as ops@example.com`}},
		{`{"tags": {"aws:x": "1", "a b!": "2"}}`, []string{
			`tags["a b!"]: a tag cannot contain '!'; use letters, digits, spaces and _ . : / = + - @`,
			`tags["aws:x"]: names that begin with aws: are kept for AWS; use "aws-x"`}},
		{`{"logRetentionDays": 31}`, []string{"logRetentionDays: 31 days is not a retention that CloudWatch Logs offers; use 60"}},
		{`{"repository": {"branch": "a b"}}`, []string{`repository.branch: "a b" is not a name that Git allows for a branch; use one such as main`}},
		{`{"repository": {"gitUser": true, "sshPublicKey": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA me"}}`,
			[]string{"repository.sshPublicKey: IAM takes RSA keys only and this one is ssh-ed25519; make a pair with `ssh-keygen -t rsa -b 4096` and use the content of the .pub file"}},
		{`{"bundle": {"allow": {".ebextensions": "", ".platform": "yes", "hooks": "a swap file"}}}`, []string{
			`bundle.allow.hooks: "hooks" is neither a directory that Elastic Beanstalk acts on nor an image with a tag or digest; use .ebextensions or .platform, or an image such as public.ecr.aws/nginx/nginx:1.28`,
			`bundle.allow[".ebextensions"]: a directory that changes what the templates decided needs a reason; say in words why it is deployed, or leave it out`,
			`bundle.allow[".platform"]: "yes" is not a reason; explain in two words or more why it is deployed, or leave it out`}},
		{first(`"name": "Production"`), say(`name: "Production" is not 2 to 16 lower-case letters, digits and single hyphens that begin with a letter; use production`)},
		{first(`"network": {"cidr": "10.0.0.0/8"}`), say("network.cidr: 10.0.0.0/8 is not a /16 to /23 block; use 10.0.0.0/16")},
		{first(`"network": {"cidr": "10.0.0.0/24"}`), say("network.cidr: 10.0.0.0/24 is not a /16 to /23 block; use 10.0.0.0/23")},
		{first(`"network": {"zones": 0}`), say("network.zones: 0 is not allowed; leave it out for its default, 2")},
		{first(`"network": {"nat": "gateway"}`), say(`network.nat: "gateway" is not one of the ways to the internet; use one of none, shared, per-zone`)},
		{first(`"database": {"instanceClass": "t4g.micro"}`), say(`database.instanceClass: "t4g.micro" is a type of EC2 instances; use a class of databases such as db.t4g.micro`)},
		{first(`"database": {"storageGiB": 0}`), say("database.storageGiB: 0 GiB is outside 20 to 65536; use 20")},
		{first(`"database": {"version": "17.4"}`), say(`database.version: "17.4" names a minor version, which RDS chooses and keeps up to date; use 17`)},
		{first(`"database": {"name": "postgres"}`), say(`database.name: "postgres" is a database that every instance has already; use a name such as app`)},
		{first(`"database": {"backupDays": 0}`), say("database.backupDays: 0 days would switch backups off; use 1 to 35")},
		{first(`"fleet": {"instanceType": "t4g.nano"}`), say(`fleet.instanceType: "t4g.nano" has 0.5 GiB of memory, too little for Docker, the ECS agent and the application; use t4g.micro or larger`)},
		{first(`"fleet": {"volumeGiB": 8}`), say("fleet.volumeGiB: 8 GiB is outside 30 to 16384; use 30")},
		{first(`"updates": {"window": "Sunday 3:00", "level": "major"}`), say(
			`updates.window: "Sunday 3:00" is not a day and a time in UTC; use Sun:03:00`,
			`updates.level: "major" is not a level of updates that Beanstalk applies by itself; use patch or minor`)},
		{first(`"certificateArn": "example.com"`), say(`certificateArn: "example.com" is not the ARN of an ACM certificate; use one such as arn:aws:acm:eu-west-1:111122223333:certificate/…`)},
		{first(`"variables": {"REHEARSAL": "true"}`), say("variables.REHEARSAL: the starter opens the routes of its rehearsals, which hold connections open, to everyone where it is set; remove it, or use another name")},
		{first(`"secrets": {"REHEARSAL": "` + secretARN + `"}`), say("secrets.REHEARSAL: the starter opens the routes of its rehearsals, which hold connections open, to everyone where it is set; remove it, or use another name")},
		{first(`"variables": {"API_KEY": "hunter22"}`), say("variables.API_KEY: by its name the value is a secret, which everyone could read in the console; store it in Secrets Manager and give its ARN under secrets, or rename the variable if it is none")},
		{first(`"variables": {"LOG-LEVEL": "x"}`), say(`variables.LOG-LEVEL: "LOG-LEVEL" is not letters, digits and underscores that do not begin with a digit; use a name such as LOG_LEVEL`)},
		{first(`"secrets": {"MAIL": "hunter22"}`), say("secrets.MAIL: the value is not an ARN; store the secret in Secrets Manager and give its ARN here")},
		{first(`"variables": {"A": "` + strings.Repeat("x", 4000) + `"}`), say("variables: variables and secrets take 4002 bytes as name=value and those that the environment sets itself up to 804, 710 more than the 4096 that Beanstalk allows; shorten them or keep them in a file")},
	})
}

func TestDeploymentsThatRolloutRefuses(t *testing.T) {
	t.Parallel()
	refuse(t, []bad{
		{first(`"deployment": {"batchSize": 2}`), say("deployment.batchSize: rollout/batch-takes-all: Rolling with batch 2 of minimum 2 leaves 0 instances in service; use batchSize 1 or RollingWithAdditionalBatch")},
		{first(`"deployment": {"method": "AllAtOnce"}`), say("deployment.method: rollout/all-at-once: AllAtOnce leaves 0 of 2 instances in service; use Rolling, or set allowDowntime to true and say why in downtimeReason")},
		{first(`"deployment": {"method": "rolling"}`), say(`deployment.method: rollout/unknown-method: unknown method "rolling"; use Rolling, RollingWithAdditionalBatch, Immutable, TrafficSplitting, or BlueGreen`)},
		{first(`"deployment": {"allowDowntime": true}`), say("deployment.allowDowntime: rollout/nothing-to-allow: there is no downtime to allow: Rolling leaves 1 of 2 instances in service; remove allowDowntime")},
		{first(`"deployment": {"method": "AllAtOnce", "allowDowntime": true}`), say("deployment.downtimeReason: rollout/downtime-without-reason: downtime is allowed without a reason; say why in downtimeReason")},
		{first(`"deployment": {"downtimeReason": "a demo"}`), say("deployment.allowDowntime: rollout/reason-without-downtime: a reason for downtime is given but downtime is not allowed; remove downtimeReason")},
		{first(`"deployment": {"drainSeconds": 20}`), say("deployment.drainSeconds: rollout/drain-cuts-requests: a deregistration delay of 20 s cuts requests that the load balancer lets wait for 60 s; use drainSeconds 60 or idleTimeoutSeconds 20")},
		{first(`"deployment": {"batchSize": 0}`), say("deployment.batchSize: 0 is not allowed; leave it out for its default, 1")},
		{first(`"deployment": {"method": ""}`), say("deployment.method: an empty text is not allowed; leave it out for its default, Rolling")},
		{first(`"fleet": {"minInstances": 0}`), say("fleet.minInstances: 0 is not allowed; leave it out for its default, 2")},
		{first(`"fleet": {"maxInstances": 0}`), say("fleet.maxInstances: 0 is not allowed; leave it out for its default, 4 (twice minInstances)")},
		{first(`"fleet": {"minInstances": -1}`), say("fleet.minInstances: rollout/minimum-range: minimum -1 is outside 1 to 10000; use 2")},
		{first(`"fleet": {"minInstances": 4, "maxInstances": 2}`), say("fleet.maxInstances: rollout/fleet-order: minimum 4 is above maximum 2; use maxInstances 4")},
		{first(`"fleet": {"minInstances": 1}`), say("deployment.batchSize: rollout/batch-takes-all: Rolling with batch 1 of minimum 1 leaves 0 instances in service; use minInstances 2 or RollingWithAdditionalBatch")},
		{first(`"health": {"path": "healthz"}`), say(`health.path: rollout/health-path: health check path "healthz" is not a path on the application; use a path of printable ASCII that begins with "/", such as /readyz`)},
		{first(`"health": {"intervalSeconds": 5}`), say("health.timeoutSeconds: rollout/health-timeout: a health check may take 5 s but the next begins after 5 s; use intervalSeconds 10")},
	})
}

func TestOverridesAreReportedOnceAndAsTyped(t *testing.T) {
	t.Parallel()
	const two = `"environments": [{"name": "staging"}, {"name": "production"}], `
	refuse(t, []bad{
		{`{` + two + `"batchSize": "two"}`, []string{`batchSize (-c): "two" is not a whole number; use a number such as 1`}},
		{`{` + two + `"batchSize": ""}`, []string{`batchSize (-c): "" is not a whole number; use a number such as 1`}},
		{`{` + two + `"batchSize": "0"}`, []string{"batchSize (-c): 0 is not allowed; leave it out for its default, 1"}},
		{`{` + two + `"batchSize": "2"}`, []string{"batchSize (-c): rollout/batch-takes-all: Rolling with batch 2 of minimum 2 leaves 0 instances in service; use batchSize 1 or RollingWithAdditionalBatch"}},
		{`{` + two + `"method": "Canary"}`, []string{`method (-c): rollout/unknown-method: unknown method "Canary"; use Rolling, RollingWithAdditionalBatch, Immutable, TrafficSplitting, or BlueGreen`}},
		{`{"environments": [{"name": "staging"}, {"name": "production", "fleet": {"instanceType": "m7i.large"}}]}`,
			[]string{"environments[1].fleet.instanceType: m7i.large is x86_64, but one image is built, for the arm64 of environments[0]; use a type of the same architecture"}},
		{`{` + two + `"instanceType": "t4g"}`, []string{`instanceType (-c): "t4g" is not an EC2 instance type; use a family and a size, such as t4g.small`}},
		{`{` + two + `"allowDowntime": "yes"}`, []string{`allowDowntime (-c): "yes" is neither true nor false; use true or false`}},
		{`{` + two + `"zones": "4", "nat": "on", "instanceClass": "micro", "multiAZ": "2"}`, []string{
			`instanceClass (-c): "micro" is not an RDS instance class; use db, a family and a size, such as db.t4g.micro`,
			`multiAZ (-c): "2" is neither true nor false; use true or false`,
			`nat (-c): "on" is not one of the ways to the internet; use one of none, shared, per-zone`,
			"zones (-c): 4 is not a number of availability zones that is supported; use 2 or 3"}},
		{`{` + two + `"minInstances": "1"}`, []string{"minInstances (-c): rollout/batch-takes-all: Rolling with batch 1 of minimum 1 leaves 0 instances in service; use minInstances 2 or RollingWithAdditionalBatch"}},
		{`{"minInstances": "4", "batchSize": "1", "instanceType": "t4g.large", "environments": [{"fleet": {"maxInstances": 2}}]}`, []string{
			"batchSize (-c), minInstances (-c): rollout/fleet-order: minimum 4 is above maximum 2; use maxInstances 4"}},
		{`{"zones": "3", "environments": [{"deployment": {"batchSize": 2}}]}`, say("deployment.batchSize: rollout/batch-takes-all: Rolling with batch 2 of minimum 2 leaves 0 instances in service; use batchSize 1 or RollingWithAdditionalBatch")},
		{`{"method": "AllAtOnce", "allowDowntime": "true", "downtimeReason": "yes"}`, []string{`downtimeReason (-c): rollout/downtime-without-reason: downtime is allowed without a reason ("yes" is a refusal or explains nothing; use two words or more); say why in downtimeReason`}},
		{`{"method": {}}`, []string{"method (-c): an object is not a text; put the value in quotes"}},
	})
}

func TestSettingsThatContradictEachOther(t *testing.T) {
	t.Parallel()
	const certificate = `"environments": [{"certificateArn": "arn:aws:acm:us-east-1:111122223333:certificate/12345678"}]`
	refuse(t, []bad{
		{`{"region": "eu-west-1", ` + certificate + `}`, say("certificateArn: a certificate of us-east-1 does not work in eu-west-1; use one of eu-west-1")},
		{`{"region": "Dublin", ` + certificate + `}`, []string{`region: "Dublin" is not a region's name; use one such as eu-west-1`}},
		{`{"repository": {"sshPublicKey": "` + publicKey + `"}}`, []string{"repository.sshPublicKey: a key needs a user and gitUser is false; set gitUser to true or remove the key"}},
		{`{"disposable": true}`, []string{`disposable: true is not a text; put the value in quotes`}},
		{`{"disposable": "Yes."}`, []string{`disposable: "Yes." is not a reason; explain in two words or more why everything may be deleted, or leave it out`}},
		{`{"disposable": " "}`, []string{`disposable: " " is not a reason; explain in two words or more why everything may be deleted, or leave it out`}},
		{`{"environments": [{}, {"name": "a1"}, {"name": "showcase"}]}`, []string{`environments[2].name: "showcase" is also the name of environments[0]; use another`}},
		{`{"service": "a-service-of-20-long", "environments": [{"name": "environmentofm16", "deployment": {"method": "BlueGreen"}}]}`,
			say("deployment.method: BlueGreen calls its second environment a-service-of-20-long-environmentofm16-green, " +
				"which is longer than 40 characters; use shorter names, or Immutable")},
		{first(`"variables": {"MAIL": "x"}, "secrets": {"MAIL": "` + secretARN + `"}`), say("secrets.MAIL: the same name is under variables; remove one of the two")},
	})
}

func TestEverythingIsReportedAtOnceInTheOrderOfTheReference(t *testing.T) {
	t.Parallel()
	refuse(t, []bad{{`{
		"zz": 1, "method": "Canary", "batchSize": "x", "environments": [
			{"updates": {"level": "x"}, "secrets": {"B": "", "A": ""}, "fleet": {"zoo": 1, "minInstances": "x"}, "name": "A"},
			{"name": ["b"], "network": {"zones": 1}}],
		"tags": {"b!": "", "a!": ""}, "service": "?"}`, []string{
		`service: "?" is not 2 to 20 lower-case letters, digits and single hyphens that begin with a letter; use a name such as shop`,
		`tags["a!"]: a tag cannot contain '!'; use letters, digits, spaces and _ . : / = + - @`,
		`tags["b!"]: a tag cannot contain '!'; use letters, digits, spaces and _ . : / = + - @`,
		`environments[0].name: "A" is not 2 to 16 lower-case letters, digits and single hyphens that begin with a letter; use a name such as staging`,
		`environments[0].fleet.minInstances: "x" is not a whole number; use a number such as 2`,
		"environments[0].fleet.zoo: unknown setting; known settings: instanceType, minInstances, maxInstances, volumeGiB, scaleOutPercent, scaleInPercent",
		`environments[0].updates.level: "x" is not a level of updates that Beanstalk applies by itself; use patch or minor`,
		"environments[0].secrets.A: the value is not an ARN; store the secret in Secrets Manager and give its ARN here",
		"environments[0].secrets.B: the value is not an ARN; store the secret in Secrets Manager and give its ARN here",
		"environments[1].name: a list is not a text; put the value in quotes",
		"environments[1].network.zones: rollout/single-zone: all 2 instances are in one zone and go down with it; use zones 2",
		`batchSize (-c): "x" is not a whole number; use a number such as 1`,
		`method (-c): rollout/unknown-method: unknown method "Canary"; use Rolling, RollingWithAdditionalBatch, Immutable, TrafficSplitting, or BlueGreen`,
		"zz: unknown setting; " + topLevel,
	}}})
}

func TestSecretsAreNeverPartOfAnError(t *testing.T) {
	t.Parallel()
	const secret = "hunter22"
	for _, context := range []string{
		first(`"variables": {"PASSWORD": "hunter22"}`),
		first(`"variables": {"DSN": "postgres://app:hunter22@db/app"}`),
		first(`"variables": {"A-B": "hunter22"}`),
		first(`"variables": {"A": ["hunter22"]}`),
		first(`"variables": "PASSWORD=hunter22"`),
		first(`"variables": ["PASSWORD=hunter22"]`),
		first(`"secrets": {"PASSWORD": "hunter22"}`),
		first(`"secrets": {"PASSWORD": "` + secretARN + `:hunter22"}`),
		first(`"secrets": {"PASSWORD": {"value": "hunter22"}}`),
		first(`"secrets": "hunter22"`),
		first(`"database": {"password": "hunter22"}`),
		`{"PASSWORD": "hunter22"}`,
		`{"tags": {"password!": "hunter22"}}`,
		`{"repository": {"sshPublicKey": "hunter22"}}`,
		`{"repository": {"sshPublicKey": "-----BEGIN RSA ` + `PRIVATE KEY-----\nhunter22\n"}}`,
		`{"environments": [{"variables": {"PASSWORD": "hunter22"`,
	} {
		t.Run(context, func(t *testing.T) {
			t.Parallel()
			_, err := load(context)
			require.Error(t, err)
			assert.NotContains(t, err.Error(), secret)
		})
	}
}

func TestNumberOutOfRangeHidesNothingElse(t *testing.T) {
	t.Parallel()
	const cut = "environments[0].deployment.drainSeconds: rollout/drain-cuts-requests: a deregistration delay of 20 s cuts requests that the load balancer lets wait for 60 s"
	for context, want := range map[string][]string{
		first(`"deployment": {"bakeMinutes": 90, "batchSize": 2}`): {
			"environments[0].deployment.batchSize: rollout/batch-takes-all: Rolling with batch 2 of minimum 2 leaves 0 instances in service",
			"environments[0].deployment.bakeMinutes: rollout/bake-range: bake 90 minutes is outside 5 minutes to 60 minutes"},
		// A batch of 2 is harmless with most methods: this has to wait for one that exists.
		first(`"deployment": {"method": "Canary", "drainSeconds": 20, "batchSize": 2}`): {
			`environments[0].deployment.method: rollout/unknown-method: unknown method "Canary"`, cut},
		first(`"fleet": {"minInstances": -1}, "deployment": {"batchSize": 2, "drainSeconds": 20}`): {
			"environments[0].fleet.minInstances: rollout/minimum-range: minimum -1 is outside 1 to 10000", cut},
		first(`"name": "X", "health": {"intervalSeconds": 1}, "updates": {"level": "x"}, "deployment": {"drainSeconds": 20}`): {
			`environments[0].name: "X" is not 2 to 16 lower-case letters, digits and single hyphens that begin with a letter`,
			cut,
			"environments[0].health.intervalSeconds: rollout/health-interval-range: health check interval 1 s is outside 5 s to 300 s",
			`environments[0].updates.level: "x" is not a level of updates that Beanstalk applies by itself`},
	} {
		t.Run(context, func(t *testing.T) {
			t.Parallel()
			_, err := load(context)
			var problems config.Problems
			require.ErrorAs(t, err, &problems)
			var got []string
			for _, problem := range problems {
				what, _, _ := strings.Cut(problem.Message, "; ")
				got = append(got, problem.Path+": "+what)
			}
			assert.Equal(t, want, got)
		})
	}
}
