package constructs

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsec2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsrds"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/limits"
)

// postgresPort is the port that PostgreSQL listens on.
const postgresPort = 5432

// applicationUser is the user that an application serves as, which owns nothing.
const applicationUser = "application"

// DatabaseProps configures a [Database].
type DatabaseProps struct {
	// Network is where the database lives. Required.
	Network *Network

	// InstanceClass is the RDS instance class. Default: db.t4g.micro.
	InstanceClass string

	// StorageGiB is the size of the gp3 volume in GiB, 20 to 65536. Default: 20.
	StorageGiB int

	// Version is the major version of PostgreSQL. Default: 17.
	Version string

	// Name is the database that is created. Default: app.
	Name string

	// User is the master user, which owns the tables. Default: app.
	User string

	// BackupDays is how many days of backups are kept, 1 to 35. Default: 7.
	BackupDays int

	// MultiAZ keeps a standby in another zone. Default: false.
	MultiAZ bool

	// LogRetentionDays is how long the database's logs are kept. Default: 30.
	LogRetentionDays int

	// EncryptionKey encrypts storage, backups and the password. Another key later, or none, makes
	// CloudFormation replace the database by an empty one. Default: the keys that AWS manages for RDS and
	// Secrets Manager.
	EncryptionKey awskms.IKey

	// Disposable is the reason why the database may be deleted with its stack, without a final
	// snapshot, in two words or more. It is shown at every synth. Default: none, the database is
	// protected from deletion.
	Disposable string
}

// Validate reports every problem of the props.
func (p DatabaseProps) Validate() error {
	missing := p.Network == nil
	p = p.withDefaults()
	return errors.Join(
		required("Network", missing),
		named("InstanceClass", limits.DatabaseClass(p.InstanceClass)),
		named("StorageGiB", limits.StorageGiB(p.StorageGiB)),
		named("Version", limits.DatabaseVersion(p.Version)),
		named("Name", limits.DatabaseName(p.Name)),
		named("User", limits.DatabaseUser(p.User)),
		named("User", p.validateSeparation()),
		named("BackupDays", limits.BackupDays(p.BackupDays)),
		named("LogRetentionDays", limits.LogRetentionDays(p.LogRetentionDays)),
		named("Disposable", limits.Reason(p.Disposable, "the database may be deleted")),
	)
}

// validateSeparation keeps the master from becoming the user that an injected query runs as.
func (p DatabaseProps) validateSeparation() error {
	if p.User == applicationUser {
		return fmt.Errorf("%s is the user that the application serves as; use a name such as app", limits.Quote(p.User))
	}
	return nil
}

func (p DatabaseProps) withDefaults() DatabaseProps {
	p.InstanceClass = cmp.Or(p.InstanceClass, "db.t4g.micro")
	p.StorageGiB = cmp.Or(p.StorageGiB, 20)
	p.Version = cmp.Or(p.Version, "17")
	p.Name = cmp.Or(p.Name, "app")
	p.User = cmp.Or(p.User, "app")
	p.BackupDays = cmp.Or(p.BackupDays, 7)
	p.LogRetentionDays = cmp.Or(p.LogRetentionDays, 30)
	return p
}

// Database is a PostgreSQL instance in private subnets. It admits nobody but an [Environment] that
// is given it, and whom a rule on its Connections names.
type Database struct {
	// Instance is the RDS instance.
	Instance awsrds.DatabaseInstance
	// Password is the secret with the master user's password, a plain string. Nothing rotates it:
	// Beanstalk reads it only when an instance starts.
	Password awssecretsmanager.Secret
	// ApplicationPassword is the secret with the password of the application's user, a plain string. The application's
	// migrations, which run as the master user, create that user.
	ApplicationPassword awssecretsmanager.Secret
	// Name and User are what a client connects to and as.
	Name, User string

	group      awsec2.SecurityGroup
	key        awskms.IKey // of the password, nil for AWS's own
	class      string
	storageGiB int
}

var _ awsec2.IConnectable = (*Database)(nil)

// Connections makes the database a peer in security group rules.
func (d *Database) Connections() awsec2.Connections { return d.Instance.Connections() }

// admit lets the members of peer connect. The rule is defined in scope, for the database's stack
// knows nothing of those that come after it.
func (d *Database) admit(scope constructs.Construct, id string, peer awsec2.ISecurityGroup) awsec2.CfnSecurityGroupIngress {
	return awsec2.NewCfnSecurityGroupIngress(scope, &id, &awsec2.CfnSecurityGroupIngressProps{
		GroupId:               d.group.SecurityGroupId(),
		SourceSecurityGroupId: peer.SecurityGroupId(),
		IpProtocol:            new("tcp"),
		FromPort:              jsii.Number(postgresPort),
		ToPort:                jsii.Number(postgresPort),
		Description:           new("The web instances"),
	})
}

// variables are the environment variables that tell a container where the database is. The
// passwords are among the secrets.
func (d *Database) variables() map[string]*string {
	return map[string]*string{
		"RDS_HOSTNAME": d.Instance.DbInstanceEndpointAddress(),
		"RDS_PORT":     new(strconv.Itoa(postgresPort)),
		"RDS_DB_NAME":  &d.Name,
		"RDS_USERNAME": &d.User,

		"RDS_APPLICATION_USERNAME": new(applicationUser),
	}
}

// secrets are the passwords by the environment variables that give them to a container.
func (d *Database) secrets() map[string]awssecretsmanager.Secret {
	return map[string]awssecretsmanager.Secret{
		"RDS_PASSWORD":             d.Password,
		"RDS_APPLICATION_PASSWORD": d.ApplicationPassword,
	}
}

// NewDatabase defines a Database in scope. It panics if props are invalid.
func NewDatabase(scope constructs.Construct, id string, props DatabaseProps) *Database {
	mustBeValid(scope, id, props)
	props = props.withDefaults()
	self := constructs.NewConstruct(scope, &id)

	warnOfDisposal(self, "the database is deleted with its stack, without a final snapshot", props.Disposable)
	key := keyReference(self, props.EncryptionKey)
	password := newPassword(self, key, "Password", "Password of the database's master user", props.Disposable)
	application := newPassword(self, key, "ApplicationPassword", "Password of the user that the application serves as", props.Disposable)
	group := awsec2.NewSecurityGroup(self, new("SecurityGroup"), &awsec2.SecurityGroupProps{
		Vpc:              props.Network.VPC,
		Description:      new("The database; admits whom a rule names"),
		AllowAllOutbound: new(false),
	})
	engine := awsrds.DatabaseInstanceEngine_Postgres(&awsrds.PostgresInstanceEngineProps{
		// The bare major version: RDS withdraws minor ones, and upgrades them by itself here.
		Version: awsrds.PostgresEngineVersion_Of(&props.Version, &props.Version, nil),
	})
	parameters := awsrds.NewParameterGroup(self, new("Parameters"), &awsrds.ParameterGroupProps{
		Engine:      engine,
		Description: new("TLS for every connection"),
		Parameters:  &map[string]*string{"rds.force_ssl": new("1")},
	})
	removal := awscdk.RemovalPolicy_SNAPSHOT
	if props.Disposable != "" {
		removal = awscdk.RemovalPolicy_DESTROY
	}
	instance := awsrds.NewDatabaseInstance(self, new("Instance"), &awsrds.DatabaseInstanceProps{
		Engine:                  engine,
		ParameterGroup:          parameters,
		InstanceType:            awsec2.NewInstanceType(new(strings.TrimPrefix(props.InstanceClass, "db."))),
		AllocatedStorage:        jsii.Number(props.StorageGiB),
		StorageType:             awsrds.StorageType_GP3,
		StorageEncrypted:        new(true),
		StorageEncryptionKey:    key,
		Vpc:                     props.Network.VPC,
		VpcSubnets:              &awsec2.SubnetSelection{Subnets: &props.Network.Database},
		SecurityGroups:          &[]awsec2.ISecurityGroup{group},
		PubliclyAccessible:      new(false),
		Port:                    jsii.Number(postgresPort),
		DatabaseName:            &props.Name,
		Credentials:             awsrds.Credentials_FromPassword(&props.User, password.SecretValue()),
		MultiAz:                 &props.MultiAZ,
		BackupRetention:         awscdk.Duration_Days(jsii.Number(props.BackupDays)),
		AutoMinorVersionUpgrade: new(true),
		// Without it a change of Version fails; with it nothing happens that nobody asked for.
		AllowMajorVersionUpgrade: new(true),
		// A change of class restarts the database: in the maintenance window, not at the deploy.
		ApplyImmediately:       new(false),
		EngineLifecycleSupport: awsrds.EngineLifecycleSupport_OPEN_SOURCE_RDS_EXTENDED_SUPPORT_DISABLED,
		CaCertificate:          awsrds.CaCertificate_RDS_CA_RSA2048_G1(),
		CloudwatchLogsExports:  jsii.Strings(exportedLogs...),
		CopyTagsToSnapshot:     new(true),
		DeletionProtection:     new(props.Disposable == ""),
		RemovalPolicy:          removal,
	})
	keepLogs(self, instance, props.LogRetentionDays)
	return &Database{Instance: instance, Password: password, ApplicationPassword: application, Name: props.Name, User: props.User, group: group,
		key: props.EncryptionKey, class: props.InstanceClass, storageGiB: props.StorageGiB}
}

// exportedLogs are the logs that RDS sends to CloudWatch.
var exportedLogs = []string{"postgresql", "upgrade"}

// keepLogs sets how long. The log groups are RDS's: it makes them when it first writes, under names
// that hold the instance's. (The option of CDK's own instance puts that name, which is not known
// yet, into the paths of the construct tree.)
func keepLogs(self constructs.Construct, instance awsrds.DatabaseInstance, days int) {
	scope := constructs.NewConstruct(self, new("LogRetention"))
	for _, name := range exportedLogs {
		awslogs.NewLogRetention(scope, &name, &awslogs.LogRetentionProps{
			LogGroupName: awscdk.Fn_Join(new(""), &[]*string{new("/aws/rds/instance/"), instance.InstanceIdentifier(), new("/" + name)}),
			Retention:    retention(days),
		})
	}
}

// newPassword makes a secret whose value is the password itself, not JSON: a bare ARN is read alike
// by the Beanstalk host and by the ECS agent, a suffix for a JSON key is not. Without punctuation
// the password suits RDS and every connection string.
func newPassword(self constructs.Construct, key awskms.IKey, id, description, disposable string) awssecretsmanager.Secret {
	return awssecretsmanager.NewSecret(self, &id, &awssecretsmanager.SecretProps{
		Description:   &description,
		EncryptionKey: key,
		// CloudFormation deletes a secret for good, and the final snapshot would outlive its password.
		RemovalPolicy: removalOf(disposable),
		GenerateSecretString: &awssecretsmanager.SecretStringGenerator{
			PasswordLength:     jsii.Number(32),
			ExcludePunctuation: new(true),
		},
	})
}
