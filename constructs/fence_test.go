package constructs

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/constructstest"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/limits"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/release"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
)

// IAM and AWS STS quotas (IAM User Guide): characters without white space, policies of a role.
const (
	inlineCharacters  = 10240
	managedCharacters = 6144
	managedPolicies10 = 10
)

func TestDeniesFitIntoTheRolesOfTheLargestPipeline(t *testing.T) {
	environments := 1
	for limits.PipelineStages(environments+1, 0) == nil {
		environments++
	}
	require.Equal(t, 48, environments)
	own := strings.Repeat("y", 34) // a name has up to 34 characters with BlueGreen, and otherwise up to 40
	for title, siblingOf := range map[string]func(i int) string{
		"names that begin alike":                        func(i int) string { return fmt.Sprintf("%s-%02d", strings.Repeat("x", 37), i) },
		"names that begin with that of the environment": func(i int) string { return fmt.Sprintf("%s-%05d", own, i) },
		"names that have nothing in common":             func(i int) string { return fmt.Sprintf("%c-%s%02d", 'a'+i%20, strings.Repeat("x", 36), i) },
	} {
		t.Run(title, func(t *testing.T) {
			var siblings []string
			for i := 1; i < environments; i++ {
				siblings = append(siblings, siblingOf(i))
				require.Len(t, siblingOf(i), 40)
				require.NoError(t, limits.Sibling(siblingOf(i), own))
			}
			for _, method := range []rollout.Method{rollout.BlueGreen, rollout.Immutable} {
				fits(t, own, method, siblings)
			}
		})
	}
}

// fits checks the roles of an environment and of its releases.
func fits(t *testing.T, name string, method rollout.Method, siblings []string) {
	t.Helper()
	assembly, err := constructstest.Synth(func(app awscdk.App) {
		stack := awscdk.NewStack(app, new("Largest"), nil)
		environment := &Environment{
			Name: name, Policy: rollout.Policy{Method: method}, vpc: new("vpc-0123456789abcdef0"),
			Roles: newEnvironmentRoles(stack, EnvironmentProps{Name: name, Siblings: siblings}),
		}
		role := awsiam.NewRole(stack, new("ReleaseRole"), &awsiam.RoleProps{
			AssumedBy: awsiam.NewAccountRootPrincipal(), ManagedPolicies: managedPolicies(release.BlueGreenPolicy),
		})
		shared := awsiam.NewManagedPolicy(stack, new("Fence"), &awsiam.ManagedPolicyProps{
			Statements: statementsOf(append(handOverDenials(), releaseDenials()...)),
		})
		(&releases{targets: append([]string{name}, siblings...), fence: shared}).confine(role, Target{Environment: environment})
	})
	require.NoError(t, err)
	// The roles have grants beside these, and names that are longer than here: some 1,500 characters.
	const others = 1500
	for _, id := range []string{"InstanceRole", "ServiceRole", "ReleaseRole"} {
		role := assembly.Role(t, "Largest", id)
		assert.LessOrEqual(t, role.Inline, inlineCharacters-others, id)
		assert.Positive(t, role.AWSManaged, id)
		assert.LessOrEqual(t, role.AWSManaged+len(role.Managed), managedPolicies10, id)
		for _, size := range role.Managed {
			assert.LessOrEqual(t, size, managedCharacters, id)
		}
		for _, sibling := range siblings {
			assert.False(t, role.Allows(t, "s3:PutObject", "arn:aws:s3:::elasticbeanstalk-eu-west-1-111122223333/"+sibling+"/v.zip", nil), "%s %s", id, sibling)
			if id != "InstanceRole" {
				context := constructstest.Context{environmentNameTag: sibling}
				assert.False(t, role.Allows(t, "autoscaling:UpdateAutoScalingGroup", "*", context), "%s %s", id, sibling)
			}
		}
	}
}

// A pattern that is meant for others must not match what belongs to the environment.
func TestDeniesOfSiblingsSpareTheEnvironment(t *testing.T) {
	const bucket = "arn:aws:s3:::elasticbeanstalk-eu-west-1-111122223333/"
	for _, c := range []struct {
		name     string
		siblings []string
	}{
		{"shop-prod", []string{"shop-prod-eu", "eu-shop-prod", "shop"}},
		{"shop-prod-eu", []string{"shop-prod", "prod-eu"}},
		{"shop-a", []string{"shop-a-green"}},
		{"shop-a-green", []string{"shop-a"}},
		{"shop", []string{"resources", "logs", "environments", "publish"}},
		{"resources", []string{"shop"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			policies := constructstest.Policies{{Actions: []string{"*"}, Resources: []string{"*"}}}
			for _, d := range slices.Concat(instanceSiblings(othersOf(c.name, c.siblings)), serviceSiblings(othersOf(c.name, c.siblings)), instanceDenials(c.name, "111122223333", "arn:aws:iam::111122223333:role/own")) {
				policies = append(policies, constructstest.PolicyStatement{
					Sid: d.sid, Deny: true, Actions: d.actions, Resources: d.resources, NotResource: d.exceptResources, Conditions: d.conditions,
				})
			}
			check := func(want bool, action, resource string, context constructstest.Context) {
				t.Helper()
				got, err := policies.Allows(action, resource, context)
				require.NoError(t, err)
				assert.Equal(t, want, got, "%s %s %v", action, resource, context)
			}
			calls := func(want bool, application, environment string) {
				t.Helper()
				cluster := "arn:aws:ecs:eu-west-1:111122223333:cluster/awseb-" + environment + "-jp6vtkp5kw"
				check(want, "s3:GetObject", bucket+application+"/v.zip", nil)
				check(want, "s3:GetObject", bucket+"resources/environments/e-abcdefghij/_runtime/_versions/"+application+"/v", nil)
				check(want, "ecs:RegisterContainerInstance", cluster, nil)
				check(want, "ecs:Poll", "arn:aws:ecs:eu-west-1:111122223333:container-instance/a/b", constructstest.Context{"ecs:cluster": cluster})
				check(want, "logs:PutLogEvents", "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/elasticbeanstalk/"+environment+"/x:log-stream:y", nil)
				check(want, "elasticbeanstalk:PutInstanceStatistics", "arn:aws:elasticbeanstalk:eu-west-1:111122223333:environment/"+application+"/"+environment, nil)
				check(want, "autoscaling:UpdateAutoScalingGroup", "*", constructstest.Context{environmentNameTag: environment})
			}
			calls(true, c.name, c.name)
			check(true, "s3:PutObject", bucket+"resources/environments/logs/publish/e-abcdefghij/i-0123456789abcdef0/x.gz", nil)
			check(true, "s3:GetObject", bucket+"resources/environments/e-abcdefghij/_runtime/x", nil)
			for _, key := range []string{
				"resources/environments/e-abcdefghij/_runtime/versions/manifest_1", "resources/environments/e-abcdefghij/_runtime/_versions/a/b",
				"resources/_runtime/_embedded_extensions/a/b", "resources/templates/a/b",
			} {
				check(false, "s3:PutObject", bucket+key, nil)
			}
			for _, sibling := range c.siblings {
				if sibling != resourcesFolder && sibling != limits.StandbyName(c.name) && c.name != limits.StandbyName(sibling) {
					calls(false, sibling, sibling)
				}
			}
		})
	}
}
