package constructs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/constructs-go/constructs/v10"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/limits"
)

// denySiblings denies the instances and Elastic Beanstalk itself what belongs to the siblings of the
// environment called name. Both roles act when the environment is created, so only what is named as
// another's is denied. A managed policy has room for 6,144 characters, and a role for ten such policies:
// enough for all environments that a pipeline can have.
func denySiblings(self constructs.Construct, roles *EnvironmentRoles, name string, siblings []string) {
	for _, r := range []struct {
		id      string
		role    awsiam.IRole
		denials func([]others) []denial
		apiece  int
	}{
		{"Instance", roles.Instance, instanceSiblings, 7},
		{"Service", roles.Service, serviceSiblings, 9},
	} {
		number := 0
		for some := range slices.Chunk(othersOf(name, siblings), r.apiece) {
			number++
			awsiam.NewManagedPolicy(self, new(fmt.Sprintf("%sSiblings%d", r.id, number)), &awsiam.ManagedPolicyProps{
				Description: new("Denies what belongs to environments other than " + name),
				Roles:       &[]awsiam.IRole{r.role},
				Statements:  statementsOf(r.denials(some)),
			})
		}
	}
}

// others is a sibling: an application, and the environments that it can have.
type others struct {
	application  string
	environments []string
}

// othersOf are the siblings of the environment called name. Of shop and shop-green either may be BlueGreen,
// so one's second environment can have the name of the other.
func othersOf(name string, siblings []string) []others {
	all := make([]others, len(siblings))
	for i, sibling := range siblings {
		all[i].application = sibling
		for _, environment := range []string{sibling, limits.StandbyName(sibling)} {
			if environment != name && environment != limits.StandbyName(name) {
				all[i].environments = append(all[i].environments, environment)
			}
		}
	}
	return all
}

// denyLongerNames denies role what belongs to siblings whose names begin with that of its own environment and a
// hyphen: notOwn lets them pass.
func denyLongerNames(self constructs.Construct, role awsiam.IRole, id, name string, siblings []string) {
	var longer []string
	for _, sibling := range othersOf(name, siblings) {
		for _, environment := range sibling.environments {
			if strings.HasPrefix(environment, name+"-") {
				longer = append(longer, environment)
			}
		}
	}
	number := 0
	for some := range slices.Chunk(longer, 50) {
		number++
		awsiam.NewManagedPolicy(self, new(fmt.Sprintf("%s%d", id, number)), &awsiam.ManagedPolicyProps{
			Description: new("Denies what belongs to environments whose names begin with " + name),
			Roles:       &[]awsiam.IRole{role},
			Statements: statementsOf([]denial{{
				sid: "NotOthersEnvironments", actions: changesOfEnvironments, resources: everything,
				conditions: map[string]map[string][]string{"StringEquals": {environmentNameTag: some}},
			}}),
		})
	}
}

// each formats a pattern for every application, or for every environment.
func each(siblings []others, pattern string, names func(others) []string) []string {
	var all []string
	for _, sibling := range siblings {
		for _, name := range names(sibling) {
			all = append(all, fmt.Sprintf(pattern, name))
		}
	}
	return all
}

func applicationsOf(o others) []string { return []string{o.application} }

func environmentsOf(o others) []string { return o.environments }

func instanceSiblings(siblings []others) []denial {
	// The cluster's name ends in ten characters of its own. Any number of them would be the cluster of
	// shop-eu as well where the sibling is shop.
	clusters := each(siblings, "arn:*:ecs:*:*:cluster/awseb-%s-??????????", environmentsOf)
	return []denial{
		{sid: "NotOthersBundles", actions: []string{"s3:*"}, resources: bundleObjects(each(siblings, "%s", applicationsOf))},
		{
			// These have the cluster as their resource (Service Authorization Reference, Amazon ECS).
			sid:       "NotOthersClusters",
			actions:   []string{"ecs:DeregisterContainerInstance", "ecs:RegisterContainerInstance", "ecs:Submit*"},
			resources: clusters,
		},
		{
			// These have it as a condition key.
			sid:        "NotOthersTasks",
			actions:    []string{"ecs:Poll", "ecs:StartTask", "ecs:StartTelemetrySession", "ecs:StopTask"},
			resources:  everything,
			conditions: map[string]map[string][]string{"ArnLike": {"ecs:cluster": clusters}},
		},
		{
			sid:       "NotOthersLogs",
			actions:   []string{"logs:CreateLogStream", "logs:PutLogEvents"},
			resources: each(siblings, "arn:*:logs:*:*:log-group:/aws/elasticbeanstalk/%s/*", environmentsOf),
		},
		{
			sid:     "NotOthersHealth",
			actions: []string{"elasticbeanstalk:PutInstanceStatistics"},
			resources: slices.Concat(
				each(siblings, "arn:*:elasticbeanstalk:*:*:application/%s", applicationsOf),
				each(siblings, "arn:*:elasticbeanstalk:*:*:environment/%s/*", applicationsOf)),
		},
	}
}

func serviceSiblings(siblings []others) []denial {
	return []denial{
		{sid: "NotOthersBundles", actions: []string{"s3:*"}, resources: bundleObjects(each(siblings, "%s", applicationsOf))},
		{
			sid: "NotOthersApplications",
			actions: []string{
				"elasticbeanstalk:Abort*", "elasticbeanstalk:Apply*", "elasticbeanstalk:Compose*", "elasticbeanstalk:Create*",
				"elasticbeanstalk:Delete*", "elasticbeanstalk:Rebuild*", "elasticbeanstalk:Restart*", "elasticbeanstalk:Swap*",
				"elasticbeanstalk:Terminate*", "elasticbeanstalk:Update*",
			},
			resources: slices.Concat(
				each(siblings, "arn:*:elasticbeanstalk:*:*:application/%s", applicationsOf),
				each(siblings, "arn:*:elasticbeanstalk:*:*:*/%s/*", applicationsOf)),
		},
		{
			sid: "NotOthersResources", actions: changesOfEnvironments,
			resources:  everything,
			conditions: map[string]map[string][]string{"StringEquals": {environmentNameTag: each(siblings, "%s", environmentsOf)}},
		},
		{
			sid:       "NotOthersLogs",
			actions:   []string{"logs:DeleteLogGroup", "logs:PutRetentionPolicy"},
			resources: each(siblings, "arn:*:logs:*:*:log-group:/aws/elasticbeanstalk/%s/*", environmentsOf),
		},
	}
}

// bundleObjects are the bundles of applications in Elastic Beanstalk's bucket: in a folder with the
// application's name, and in Elastic Beanstalk's own copies below resources/, for * matches slashes as
// well. Folders of Elastic Beanstalk's own have no hyphen. For the name of an application without one the
// patterns are longer, and match none of these folders.
func bundleObjects(applications []string) []string {
	var all []string
	for _, name := range applications {
		if strings.Contains(name, "-") {
			all = append(all, "arn:*:s3:::elasticbeanstalk-*/"+name+"/*")
			continue
		}
		all = append(all, "arn:*:s3:::elasticbeanstalk-*/_versions/"+name+"/*")
		if name != resourcesFolder {
			all = append(all, applicationFolder(name))
		}
	}
	return all
}

// resourcesFolder is Elastic Beanstalk's own folder in its bucket.
const resourcesFolder = "resources"

// applicationFolder is the folder of an application in the bucket elasticbeanstalk-REGION-ACCOUNT.
func applicationFolder(name string) string {
	return "arn:*:s3:::elasticbeanstalk-*-????????????/" + name + "/*"
}
