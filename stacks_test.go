package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"log"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/pmezard/go-difflib/difflib"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/config"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/constructstest"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/release"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/stacks"
)

const source = "starter"

// standard is the default configuration, full is one with every option on and, between its
// environments, every deployment method.
var standard, full constructstest.Assembly

const everything = `{
	"service": "shop", "account": "111122223333", "region": "eu-west-1", "notifyEmail": "ops@example.com",
	"tags": {"team": "web"}, "logRetentionDays": 7, "disposable": "a demo",
	"repository": {"branch": "release", "gitUser": true, "protected": true}, "bundle": {"allow": {".platform": "a demo"}},
	"environments": [
		{"name": "demo", "allowHTTP": "a demo", "deployment": {"method": "AllAtOnce", "allowDowntime": true, "downtimeReason": "a demo"}},
		{"name": "test", "allowHTTP": "a demo", "allowEgress": {"tcp/587": "mail through SMTP"}, "deployment": {"method": "RollingWithAdditionalBatch"}, "dashboard": false},
		{"name": "staging", "allowHTTP": "a demo", "network": {"nat": "shared"}, "deployment": {"method": "TrafficSplitting"}},
		{"name": "trial", "allowHTTP": "a demo", "deployment": {"method": "BlueGreen", "shrinkIdle": true, "probePath": "/"}},
		{"name": "production", "approval": true, "network": {"cidr": "10.1.0.0/16", "zones": 3, "nat": "per-zone"},
		 "database": {"multiAZ": true}, "deployment": {"method": "Immutable"},
		 "certificateArn": "arn:aws:acm:eu-west-1:111122223333:certificate/0c2ba4e8-1e3a-4a3f-9a49-0123456789ab"}
	]}`

func mustSynth(context string) constructstest.Assembly {
	assembly, err := synthesized(context)
	if err != nil {
		log.Print(err)
		os.Exit(1)
	}
	return assembly
}

func synthesized(context string) (constructstest.Assembly, error) {
	cfg, err := config.Load([]byte(context))
	if err != nil {
		return constructstest.Assembly{}, err
	}
	return constructstest.Synth(func(app awscdk.App) { stacks.New(app, cfg, source) })
}

func TestStacks(t *testing.T) {
	t.Run("are four, each waiting only for those before it", func(t *testing.T) {
		assert.Equal(t, map[string][]string{
			"zero-downtime-showcase-data":    {"zero-downtime-showcase-network"},
			"zero-downtime-showcase-network": nil,
			"zero-downtime-showcase-web":     {"zero-downtime-showcase-data", "zero-downtime-showcase-network"},
			"zero-downtime-delivery":         {"zero-downtime-showcase-network", "zero-downtime-showcase-web"},
		}, withAll(standard))
	})
	t.Run("are three more with every environment", func(t *testing.T) {
		assert.ElementsMatch(t, []string{
			"shop-demo-network", "shop-demo-data", "shop-demo-web",
			"shop-test-network", "shop-test-data", "shop-test-web",
			"shop-staging-network", "shop-staging-data", "shop-staging-web",
			"shop-trial-network", "shop-trial-data", "shop-trial-web",
			"shop-production-network", "shop-production-data", "shop-production-web", "shop-delivery",
		}, slices.Collect(maps.Keys(full.Stacks)))
		assert.Equal(t, []string{
			"shop-demo-network", "shop-demo-web", "shop-production-network", "shop-production-web", "shop-staging-network", "shop-staging-web",
			"shop-test-network", "shop-test-web", "shop-trial-network", "shop-trial-web",
		}, full.DependsOn["shop-delivery"])
	})
	t.Run("never lock each other", func(t *testing.T) {
		for _, assembly := range []constructstest.Assembly{standard, full} {
			for name, template := range assembly.Stacks {
				assert.NotContains(t, string(template.Text), "Fn::ImportValue", name)
				assert.NotContains(t, string(template.Text), `"Export"`, name)
			}
		}
	})
	t.Run("ask no account anything, even a known one", func(t *testing.T) {
		assert.Empty(t, standard.Missing)
		assert.Empty(t, full.Missing)
		assert.Contains(t, string(full.Stacks["shop-production-network"].Text), "Fn::GetAZs")
		assert.NotContains(t, string(full.Stacks["shop-production-network"].Text), "dummy1a")
	})
	t.Run("tag what can carry a tag", func(t *testing.T) {
		vpc := full.Stacks["shop-production-network"].Only(t, "AWS::EC2::VPC", "Network")
		assert.Subset(t, vpc.At("Tags"), []any{
			map[string]any{"Key": "service", "Value": "shop"},
			map[string]any{"Key": "environment", "Value": "production"},
			map[string]any{"Key": "team", "Value": "web"},
		})
	})
	t.Run("give the makers of bundles what may be deployed although it changes the platform", func(t *testing.T) {
		project := full.Stacks["shop-delivery"].Only(t, "AWS::CodeBuild::Project", "PipelineBundle")
		assert.Contains(t, project.At("Environment.EnvironmentVariables"), map[string]any{"Name": release.VariableBundleAllow, "Type": "PLAINTEXT", "Value": ".platform"})
	})
	t.Run("have no IAM user unless one was asked for", func(t *testing.T) {
		for name, template := range standard.Stacks {
			assert.Empty(t, template.Of("AWS::IAM::User"), name)
		}
		assert.Len(t, full.Stacks["shop-delivery"].Of("AWS::IAM::User"), 1)
	})
	t.Run("hold no password", func(t *testing.T) {
		for name, template := range standard.Stacks {
			assert.Equal(t, strings.Contains(name, "data"), strings.Contains(string(template.Text), "resolve:secretsmanager"), name)
		}
	})
}

// withAll adds the stacks that wait for nothing.
func withAll(assembly constructstest.Assembly) map[string][]string {
	all := map[string][]string{}
	for name := range assembly.Stacks {
		all[name] = assembly.DependsOn[name]
	}
	return all
}

// What another stack reads has a name. One that changes with a setting breaks the reader until it is
// deployed as well.
func TestSettingsRenameNothingThatStacksRead(t *testing.T) {
	other, err := synthesized(`{"method": "Immutable", "zones": "3", "nat": "per-zone", "multiAZ": "true", "instanceType": "m7i.large", "notifyEmail": "ops@example.com"}`)
	require.NoError(t, err)
	for name, template := range standard.Stacks {
		for output := range template.Outputs {
			assert.Contains(t, other.Stacks[name].Outputs, output, name)
		}
	}
}

// A logical ID is the identity of a resource: one that changes is a resource that is replaced.
func TestStatefulResourcesKeepTheirIdentity(t *testing.T) {
	kept := map[[2]string][]string{}
	for _, c := range []struct{ stack, kind, id string }{
		{"zero-downtime-showcase-network", "AWS::EC2::VPC", "NetworkVPC962EC14D"},
		{"zero-downtime-showcase-data", "AWS::RDS::DBInstance", "DatabaseInstanceAA8A5FDE"},
		{"zero-downtime-showcase-data", "AWS::RDS::DBSubnetGroup", "DatabaseInstanceSubnetGroupDE121BB6"},
		{"zero-downtime-showcase-data", "AWS::SecretsManager::Secret", "DatabasePassword246019AA"},
		{"zero-downtime-showcase-data", "AWS::SecretsManager::Secret", "DatabaseApplicationPasswordD48044CA"},
		{"zero-downtime-showcase-web", "AWS::ElasticBeanstalk::Application", "WebApplication7345D7BA"},
		{"zero-downtime-showcase-web", "AWS::CloudFormation::Stack", "WebEnvironmentNestedStackEnvironmentNestedStackResourceE0404F1F"},
		{"zero-downtime-showcase-web", "AWS::ElasticBeanstalk::Environment", "WebEnvironmentNestedStackEnvironmentNestedStackResourceE0404F1F.Environment"},
		{"zero-downtime-delivery", "AWS::CodeCommit::Repository", "Repository71B74A19"},
		{"zero-downtime-delivery", "AWS::ECR::Repository", "PipelineImagesAB336CA9"},
		{"zero-downtime-delivery", "AWS::S3::Bucket", "PipelineArtifactsEB21E7E8"},
	} {
		kept[[2]string{c.stack, c.kind}] = append(kept[[2]string{c.stack, c.kind}], c.id)
	}
	for of, ids := range kept {
		assert.ElementsMatch(t, ids, slices.Collect(maps.Keys(standard.Stacks[of[0]].Of(of[1]))), of)
	}
}

// What a value replaces that is for life is lost for the application, with the data in it.
func TestSettingsForLifeCannotChange(t *testing.T) {
	other, err := synthesized(`{"environments": [{"allowHTTP": "a demo", "network": {"cidr": "10.9.0.0/16"}, "database": {"name": "other"}}]}`)
	require.NoError(t, err)
	for stack, want := range map[string][]string{
		"zero-downtime-showcase-network": {"network.cidr: another one than at the first deployment would replace the network; restore the value of the parameter CreatedWithCIDR"},
		"zero-downtime-showcase-data":    {"database.name: another one than at the first deployment would replace the database by an empty one; restore the value of the parameter CreatedWithDatabaseName"},
		"zero-downtime-showcase-web":     nil,
		"zero-downtime-delivery":         nil,
	} {
		assert.Empty(t, refused(t, standard.Stacks[stack], standard.Stacks[stack]), stack)
		assert.Equal(t, want, refused(t, standard.Stacks[stack], other.Stacks[stack]), stack)
	}
}

// refused is what CloudFormation refuses in an update from was to is by the rules of is. The CLI leaves
// parameters at the values that they have had since the stack was created.
func refused(t *testing.T, was, is constructstest.Template) (messages []string) {
	t.Helper()
	var before, after struct {
		Parameters map[string]struct{ Default string }
		Rules      map[string]struct {
			Assertions []struct {
				Assert            map[string]any
				AssertDescription string
			}
		}
	}
	require.NoError(t, json.Unmarshal(was.Text, &before))
	require.NoError(t, json.Unmarshal(is.Text, &after))
	for _, name := range slices.Sorted(maps.Keys(after.Rules)) {
		for _, a := range after.Rules[name].Assertions {
			parameter, own := constructstest.At(a.Assert, "Fn::Equals.0.Ref").(string)
			if !own {
				continue // CDK's rule about its bootstrap stack
			}
			require.Contains(t, before.Parameters, parameter)
			require.Contains(t, after.Parameters, parameter)
			if before.Parameters[parameter].Default != constructstest.At(a.Assert, "Fn::Equals.1") {
				messages = append(messages, a.AssertDescription)
			}
		}
	}
	return messages
}

// What a failed first deployment leaves behind is in the way of the next one.
func TestFailedCreationLeavesNothingBehind(t *testing.T) {
	for _, assembly := range []constructstest.Assembly{standard, full} {
		for name, template := range assembly.Stacks {
			for id, resource := range template.Resources {
				assert.NotEqual(t, "Retain", resource.DeletionPolicy, "%s %s", name, id)
			}
		}
	}
}

func TestOutputs(t *testing.T) {
	outputs := func(assembly constructstest.Assembly, stack string) (names []string) {
		for name, output := range assembly.Stacks[stack].Outputs {
			if output["Description"] != nil { // CDK's own, for other stacks, have none
				names = append(names, name)
			}
		}
		slices.Sort(names)
		return names
	}
	assert.Equal(t, []string{"DashboardUrl", "EnvironmentUrl"}, outputs(standard, "zero-downtime-showcase-web"))
	assert.Equal(t, []string{"DatabaseApplicationSecretArn", "DatabaseEndpoint", "DatabaseSecretArn"}, outputs(standard, "zero-downtime-showcase-data"))
	assert.Equal(t, []string{"DevelopersPolicyArn", "ImageRepositoryUri", "PipelineUrl", "RepositoryCloneUrlGrc"}, outputs(standard, "zero-downtime-delivery"))
	assert.Equal(t, []string{"ApproverRoleArn", "DevelopersPolicyArn", "GitUserName", "ImageRepositoryUri", "PipelineUrl", "RepositoryCloneUrlGrc", "RepositoryCloneUrlSsh"},
		outputs(full, "shop-delivery"), "gitUser: true")
	assert.Contains(t, fmt.Sprint(full.Stacks["shop-delivery"].Outputs["PipelineUrl"]["Value"]),
		"https://eu-west-1.console.aws.amazon.com/codesuite/", "the partition of a configured region is known")
}

func TestEnvironmentUrlIsHTTPSWhereThereIsACertificate(t *testing.T) {
	scheme := func(assembly constructstest.Assembly, stack string) any {
		return constructstest.At(assembly.Stacks[stack].Outputs["EnvironmentUrl"], "Value.Fn::Join.1.0")
	}
	assert.Equal(t, "http://", scheme(standard, "zero-downtime-showcase-web"))
	assert.Equal(t, "http://", scheme(full, "shop-demo-web"))
	assert.Equal(t, "https://", scheme(full, "shop-production-web"))
}

// The showcase is a demonstration, and anything else is somebody's application.
func TestPlainHTTPIsShownAtEverySynthButThatOfTheShowcase(t *testing.T) {
	shown := func(assembly constructstest.Assembly) (paths []string) {
		for _, finding := range assembly.Findings {
			if strings.HasPrefix(finding.Description, "port 80 serves plain HTTP") {
				paths = append(paths, finding.Paths...)
			}
		}
		slices.Sort(paths)
		return paths
	}
	assert.Empty(t, shown(standard))
	assert.Equal(t, []string{"shop-demo-web/Web", "shop-staging-web/Web", "shop-test-web/Web", "shop-trial-web/Web"}, shown(full))
	other, err := synthesized(`{"service": "shop"}`)
	require.NoError(t, err)
	assert.Equal(t, []string{"shop-showcase-web/Web"}, shown(other))
}

// assetHash is the digest of a file that CDK uploads. It says nothing about the template.
var assetHash = regexp.MustCompile(`[0-9a-f]{64}`)

func TestTemplatesAreThoseReviewed(t *testing.T) {
	for name, text := range templates(standard) {
		golden(t, strings.TrimPrefix(name, "zero-downtime-")+".template.json", text)
	}
}

// What another method makes of the default templates, as a reviewer sees it: the same is kept once.
func TestMethodsDifferAsReviewed(t *testing.T) {
	for _, method := range rollout.Methods() {
		assembly := releasedBy(t, method)
		var differences strings.Builder
		before, after := templates(standard), templates(assembly)
		for _, name := range slices.Sorted(maps.Keys(after)) {
			text, err := difflib.GetUnifiedDiffString(difflib.UnifiedDiff{
				A: difflib.SplitLines(before[name]), B: difflib.SplitLines(after[name]),
				FromFile: name + " with Rolling", ToFile: name + " with " + string(method), Context: 2,
			})
			require.NoError(t, err)
			differences.WriteString(text)
		}
		if method == rollout.Rolling {
			assert.Empty(t, differences.String(), "it is the default")
			continue
		}
		golden(t, string(method)+".diff", differences.String())
	}
}

// What `cdk diff` shows for every change of the method: options of the environment and of what watches
// it, a second environment, and how the pipeline deploys. The constructs' tests look at what an update
// replaces.
func TestAnotherMethodLeavesTheRestAlone(t *testing.T) {
	mayDiffer := map[string][]string{
		"web": {
			"AWS::ElasticBeanstalk::Environment", "AWS::CloudFormation::Stack", "AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard",
			"Custom::DeployedState", "Custom::Endpoint",
		},
		"delivery": {"AWS::CodePipeline::Pipeline", "AWS::CodeBuild::Project", "AWS::IAM::Role", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"},
	}
	for _, from := range rollout.Methods() {
		for _, to := range rollout.Methods() {
			t.Run(fmt.Sprintf("from %s to %s", from, to), func(t *testing.T) {
				before, after := releasedBy(t, from).Stacks, releasedBy(t, to).Stacks
				assert.Equal(t, slices.Sorted(maps.Keys(before)), slices.Sorted(maps.Keys(after)))
				for name, template := range before {
					kind := name[strings.LastIndex(name, "-")+1:]
					was, is := template.Resources, after[name].Resources
					for _, id := range slices.Concat(slices.Collect(maps.Keys(was)), slices.Collect(maps.Keys(is))) {
						if !reflect.DeepEqual(was[id], is[id]) {
							assert.Contains(t, mayDiffer[kind], cmp.Or(was[id].Type, is[id].Type), "%s %s", name, id)
						}
					}
				}
			})
		}
	}
}

// CloudFormation calls DeployedState only for a change of its own properties, and the environment may
// not be updated without it: it takes version and platform out of the template.
func TestNoChangeReachesTheEnvironmentBeforeDeployedState(t *testing.T) {
	changed := map[string]constructstest.Assembly{}
	for _, method := range rollout.Methods() {
		changed[string(method)] = releasedBy(t, method)
	}
	for _, context := range []string{
		`{"tags": {"team": "web"}}`,
		`{"environments": [{"allowHTTP": "a demo", "variables": {"LOG_LEVEL": "debug"}}]}`,
		`{"notifyEmail": "ops@example.com"}`,
		`{"instanceType": "m7g.large", "environments": [{"allowHTTP": "a demo", "fleet": {"volumeGiB": 40}}]}`,
	} {
		assembly, err := synthesized(context)
		require.NoError(t, err)
		changed[context] = assembly
	}
	const web, environment = "zero-downtime-showcase-web", "WebEnvironmentNestedStackEnvironmentNestedStackResourceE0404F1F"
	differ := 0
	for name, assembly := range changed {
		was, is := standard.Stacks[web], assembly.Stacks[web]
		if reflect.DeepEqual(was.Resources[environment], is.Resources[environment]) {
			continue
		}
		differ++
		const state = "WebDeployedState38BCD2FE"
		assert.NotEqual(t, was.Resources[state], is.Resources[state], name)
	}
	// BlueGreen leaves the options of the first environment as they are with Rolling, and adds a second.
	assert.Equal(t, len(changed)-2, differ, "each but Rolling, the default method, and BlueGreen changes the environment")
}

// byMethod is what releasedBy has made.
var byMethod = map[rollout.Method]constructstest.Assembly{}

// releasedBy is the default configuration with another method.
func releasedBy(t *testing.T, method rollout.Method) constructstest.Assembly {
	t.Helper()
	if assembly, made := byMethod[method]; made {
		return assembly
	}
	context := fmt.Sprintf(`{"method": %q}`, method)
	if method == rollout.AllAtOnce {
		context = `{"method": "AllAtOnce", "allowDowntime": "true", "downtimeReason": "a demo"}`
	}
	assembly, err := synthesized(context)
	require.NoError(t, err)
	byMethod[method] = assembly
	return assembly
}

// templates are the texts of all templates, those of nested stacks by "STACK.ID".
func templates(assembly constructstest.Assembly) map[string]string {
	all := map[string]string{}
	for name, template := range assembly.Stacks {
		all[name] = assetHash.ReplaceAllString(string(template.Text), "<hash>")
		for id, text := range template.Nested {
			id, _, _ = strings.Cut(id, "NestedStack")
			all[name+"."+id] = assetHash.ReplaceAllString(string(text), "<hash>")
		}
	}
	return all
}

// golden compares got with a file in testdata that somebody has reviewed.
func golden(t *testing.T, name, got string) {
	t.Helper()
	require.NoError(t, os.MkdirAll("testdata", 0o755))
	upToDate(t, filepath.Join("testdata", name), got+"\n")
}

// upToDate compares got with the file at path, or writes it there with -update.
func upToDate(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
		return
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	if string(want) != got {
		t.Errorf("this is not what %s holds:\n%s\nreview the change and run: go test . -update", path, firstDifference(string(want), got))
	}
}

// firstDifference shows where two texts part, with the lines around it.
func firstDifference(want, got string) string {
	before, after := strings.Split(want, "\n"), strings.Split(got, "\n")
	i := 0
	for i < min(len(before), len(after)) && before[i] == after[i] {
		i++
	}
	excerpt := func(lines []string) string { return strings.Join(lines[max(0, i-3):min(len(lines), i+4)], "\n") }
	return fmt.Sprintf("line %d, want:\n%s\ngot:\n%s", i+1, excerpt(before), excerpt(after))
}
