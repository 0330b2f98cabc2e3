package constructs_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestDatabase(t *testing.T) {
	instance := smallest.Only(t, "AWS::RDS::DBInstance", "Database")

	t.Run("is a small encrypted PostgreSQL 17 that nobody reaches from outside", func(t *testing.T) {
		for path, want := range map[string]any{
			"Engine": "postgres", "EngineVersion": "17", "DBInstanceClass": "db.t4g.micro",
			"AllocatedStorage": "20", "StorageType": "gp3", "StorageEncrypted": true,
			"PubliclyAccessible": false, "MultiAZ": false, "DBName": "app", "MasterUsername": "app", "Port": "5432",
			"AutoMinorVersionUpgrade": true, "AllowMajorVersionUpgrade": true, "BackupRetentionPeriod": 7.0,
			"EngineLifecycleSupport":      "open-source-rds-extended-support-disabled",
			"EnableCloudwatchLogsExports": []any{"postgresql", "upgrade"},
			"CACertificateIdentifier":     "rds-ca-rsa2048-g1", "ApplyImmediately": false, "CopyTagsToSnapshot": true,
		} {
			assert.Equal(t, want, instance.At(path), path)
		}
	})

	t.Run("lives in the private subnets", func(t *testing.T) {
		group := smallest.Only(t, "AWS::RDS::DBSubnetGroup", "Database")
		for _, subnet := range group.At("SubnetIds").([]any) {
			assert.Contains(t, subnet.(map[string]any)["Ref"], "NetworkVPCDatabaseSubnet")
		}
	})

	t.Run("survives its stack", func(t *testing.T) {
		assert.Equal(t, true, instance.At("DeletionProtection"))
		assert.Equal(t, "Snapshot", instance.DeletionPolicy)
		assert.Equal(t, "Snapshot", instance.UpdateReplacePolicy)
		assert.Equal(t, "RetainExceptOnCreate", smallest.Only(t, "AWS::SecretsManager::Secret", "DatabasePassword").DeletionPolicy,
			"a snapshot is of little use without its password")
		assert.Equal(t, "RetainExceptOnCreate", smallest.Only(t, "AWS::SecretsManager::Secret", "DatabaseApplicationPassword").DeletionPolicy)
	})

	t.Run("goes without a snapshot only where a reason was given", func(t *testing.T) {
		disposable := everything.Only(t, "AWS::RDS::DBInstance", "Database")
		assert.Equal(t, false, disposable.At("DeletionProtection"))
		assert.Equal(t, "Delete", disposable.DeletionPolicy)
	})

	t.Run("takes its options", func(t *testing.T) {
		large := everything.Only(t, "AWS::RDS::DBInstance", "Database")
		for path, want := range map[string]any{
			"EngineVersion": "18", "DBInstanceClass": "db.m7g.large", "AllocatedStorage": "100",
			"MultiAZ": true, "DBName": "shop", "MasterUsername": "shopkeeper", "BackupRetentionPeriod": 35.0,
		} {
			assert.Equal(t, want, large.At(path), path)
		}
	})

	t.Run("enforces TLS", func(t *testing.T) {
		parameters := smallest.Only(t, "AWS::RDS::DBParameterGroup", "Database")
		assert.Equal(t, map[string]any{"rds.force_ssl": "1"}, parameters.At("Parameters"))
		assert.Equal(t, "postgres17", parameters.At("Family"))
	})

	t.Run("has passwords that are plain strings and in no template", func(t *testing.T) {
		for _, id := range []string{"DatabasePassword246019AA", "DatabaseApplicationPasswordD48044CA"} {
			secret := smallest.Only(t, "AWS::SecretsManager::Secret", id)
			assert.Equal(t, map[string]any{"ExcludePunctuation": true, "PasswordLength": 32.0}, secret.At("GenerateSecretString"),
				"another logical ID, another password")
		}
		assert.Equal(t, []any{"", []any{"{{resolve:secretsmanager:", map[string]any{"Ref": "DatabasePassword246019AA"}, ":SecretString:::}}"}},
			instance.At("MasterUserPassword.Fn::Join"))
	})

	t.Run("admits the web instances and nobody else", func(t *testing.T) {
		group := smallest.Only(t, "AWS::EC2::SecurityGroup", "Database")
		assert.Nil(t, group.At("SecurityGroupIngress"))
		var onPort []string
		for id, rule := range smallest.Of("AWS::EC2::SecurityGroupIngress") {
			if rule.At("FromPort") == 5432.0 {
				onPort = append(onPort, id)
				assert.Contains(t, rule.At("SourceSecurityGroupId.Fn::GetAtt.0"), "WebInstanceSecurityGroup")
				assert.Contains(t, rule.At("GroupId.Fn::GetAtt.0"), "DatabaseSecurityGroup")
				assert.Equal(t, 5432.0, rule.At("ToPort"))
			}
		}
		assert.Len(t, onPort, 1)
	})
}
