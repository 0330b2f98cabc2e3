package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/constructstest"
)

// ofInstances is what instances of an environment of a site call.
//
// That names of clusters end in ten characters is an assumption, and the same as in the denies: no test here shows that
// those of siblings are denied in AWS. With another length these denies have no effect.
func (s site) ofInstances(environment string) []request {
	cluster := arn("ecs", "cluster/awseb-"+environment+"-jp6vtkp5kw")
	inCluster := constructstest.Context{"ecs:cluster": cluster}
	return []request{
		{"s3:GetObject", bucket + s.name + "/v1.zip", nil},
		{"s3:GetObject", bucket + "resources/environments/e-abcdefghij/_runtime/_versions/" + s.name + "/v1", nil},
		{"ecs:RegisterContainerInstance", cluster, nil},
		{"ecs:DeregisterContainerInstance", cluster, nil},
		{"ecs:SubmitTaskStateChange", cluster, nil},
		{"ecs:Poll", arn("ecs", "container-instance/awseb-x/y"), inCluster},
		{"ecs:StartTelemetrySession", arn("ecs", "container-instance/awseb-x/y"), inCluster},
		{"ecs:StartTask", arn("ecs", "task-definition/awseb-x:1"), inCluster},
		{"ecs:StopTask", arn("ecs", "task/awseb-x/y"), inCluster},
		{"logs:CreateLogStream", arn("logs", "log-group:/aws/elasticbeanstalk/"+environment+"/var/log/eb-engine.log"), nil},
		{"logs:PutLogEvents", arn("logs", "log-group:/aws/elasticbeanstalk/"+environment+"/var/log/eb-engine.log:log-stream:i-0"), nil},
		{"elasticbeanstalk:PutInstanceStatistics", arn("elasticbeanstalk", "environment/"+s.name+"/"+environment), nil},
	}
}

func TestAnInstanceReachesNoOtherEnvironment(t *testing.T) {
	eachSite(t, func(t *testing.T, s site, others []site) {
		for _, other := range others {
			for _, environment := range other.environments() {
				allowed(t, false, s.instance, other.ofInstances(environment))
			}
			allowed(t, false, s.instance, []request{
				{"s3:PutObject", bucket + other.name + "/v1.zip", nil},
				{"s3:PutObject", bucket + "resources/environments/e-abcdefghij/_runtime/_versions/" + other.name + "/v1", nil},
				{"elasticbeanstalk:PutInstanceStatistics", arn("elasticbeanstalk", "application/"+other.name), nil},
			})
		}
		// What the next instance runs, here or in another environment: no environment ID has the name of one.
		for _, key := range []string{
			s.name + "/v1.zip", "resources/environments/e-abcdefghij/_runtime/versions/manifest_1772541522627",
			"resources/environments/e-abcdefghij/_runtime/_versions/" + s.name + "/v1", "resources/environments/e-abcdefghij/_runtime/_versions/crm/v1",
			"resources/_runtime/_embedded_extensions/crm/x", "resources/templates/crm/saved",
		} {
			for _, action := range []string{"PutObject", "PutObjectAcl", "PutObjectTagging", "DeleteObject", "DeleteObjectVersion"} {
				allowed(t, false, s.instance, []request{{"s3:" + action, bucket + key, nil}, {"s3:" + action, bucket + key, ofAccount("111122223333")}})
			}
		}
		allowed(t, false, s.instance, []request{
			{"s3:PutBucketPolicy", strings.TrimSuffix(bucket, "/"), ofAccount("111122223333")},
			{"s3:PutLifecycleConfiguration", strings.TrimSuffix(bucket, "/"), ofAccount("111122223333")},
			{"s3:PutReplicationConfiguration", strings.TrimSuffix(bucket, "/"), ofAccount("111122223333")},
			{"s3:PutObject", "arn:aws:s3:::elasticbeanstalk-eu-west-1-999900009999/secrets", ofAccount("999900009999")},
			{"s3:PutObject", "arn:aws:s3:::elasticbeanstalk-mine/resources/environments/logs/x", ofAccount("999900009999")},
		})
	})
}

func ofAccount(id string) constructstest.Context {
	return constructstest.Context{"aws:ResourceAccount": id}
}

// AWS's policies count as all that can be allowed, also if they grow to let instances pass roles.
func TestAnInstancePassesNoRoleOfOthers(t *testing.T) {
	eachSite(t, func(t *testing.T, s site, _ []site) {
		asked := 0
		for name, role := range s.assembly.Roles(t) {
			for _, service := range role.Services {
				if role.ARN == s.execution.ARN || !slices.Contains([]string{
					"codebuild.amazonaws.com", "codepipeline.amazonaws.com", "ec2.amazonaws.com", "ecs-tasks.amazonaws.com", "elasticbeanstalk.amazonaws.com",
				}, service) {
					// A rule or function with such a role needs rights that no policy of AWS for instances has.
					assert.Contains(t, []string{"ecs-tasks.amazonaws.com", "events.amazonaws.com", "lambda.amazonaws.com", "vpc-flow-logs.amazonaws.com"}, service, name)
					continue
				}
				asked++
				allowed(t, false, s.instance, pass(role.ARN, service))
			}
		}
		assert.Greater(t, asked, 8)
		allowed(t, true, s.instance, pass(s.execution.ARN, "ecs-tasks.amazonaws.com"))
		allowed(t, true, s.instance, pass(roleARN("Transcoder"), "mediaconvert.amazonaws.com")) // once it is granted
	})
}

func TestInstancesStartAndReportAsBefore(t *testing.T) {
	eachSite(t, func(t *testing.T, s site, _ []site) {
		for _, environment := range s.environments() {
			allowed(t, true, s.instance, s.ofInstances(environment))
		}
		allowed(t, true, s.instance, pass(s.execution.ARN, "ecs-tasks.amazonaws.com"))
		allowed(t, true, s.instance, []request{
			{"s3:ListBucket", strings.TrimSuffix(bucket, "/"), nil},
			{"s3:GetObject", bucket + "resources/environments/e-abcdefghij/_runtime/manifest", nil},
			{"s3:GetObject", bucket + "resources/_runtime/_embedded_extensions/" + s.name + "/x", nil},
			{"s3:PutObject", bucket + "resources/environments/logs/publish/e-abcdefghij/i-0123456789abcdef0/x.gz", nil},
			{"s3:PutObject", bucket + "resources/environments/logs/deployments/e-abcdefghij/x", nil},
			{"s3:PutObject", bucket + "resources/environments/logs/deployments/e-abcdefghij/x", ofAccount("111122223333")},
			{"s3:PutObject", bucket + "resources/environments/logs/bundle/e-abcdefghij/i-0123456789abcdef0/x.zip", ofAccount("111122223333")},
			{"s3:GetObject", bucket + "resources/environments/e-abcdefghij/_runtime/versions/manifest_1772541522627", ofAccount("111122223333")},
			{"s3:GetObject", "arn:aws:s3:::elasticbeanstalk-platform-assets-eu-west-1/stalks/eb_ecs/x.rpm", nil},
			{"s3:GetObject", "arn:aws:s3:::elasticbeanstalk-env-resources-eu-west-1/x", ofAccount("999900009999")},
			{"s3:PutObject", "arn:aws:s3:::uploads-of-a-partner/x.png", ofAccount("999900009999")},
			{"s3:PutObject", "arn:aws:s3:::uploads/x.png", nil}, // once a bucket of the user's is granted
			{"ecs:DiscoverPollEndpoint", "*", nil},
			{"ecs:RegisterTaskDefinition", "*", nil},
			{"cloudformation:SignalResource", arn("cloudformation", "stack/awseb-e-abcdefghij-stack/x"), nil},
			{"elasticbeanstalk:PutInstanceStatistics", arn("elasticbeanstalk", "application/"+s.name), nil},
			{"xray:PutTraceSegments", "*", nil},
			{"secretsmanager:GetSecretValue", arn("secretsmanager", "secret:x"), nil},
			{"ecr:BatchGetImage", arn("ecr", "repository/x"), nil},
		})
	})
}
