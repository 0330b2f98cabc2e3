package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/config"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs"
)

// Data is the stack with the database of an environment. The database protects itself from being
// deleted, unless the configuration says that everything is disposable. The stack has no termination
// protection on top: that would also stand in the way of a first deployment that failed and is to
// be tried again.
type Data struct {
	Stack    awscdk.Stack
	Database *constructs.Database
}

// NewData defines the data stack of env.
func NewData(scope awscdk.Stage, cfg config.Config, env config.Environment, network *Network) *Data {
	stack := newStack(scope, cfg, env.Name, "data", "PostgreSQL database and its password")
	database := constructs.NewDatabase(stack, "Database", constructs.DatabaseProps{
		Network:          network.Network,
		InstanceClass:    env.Database.InstanceClass,
		StorageGiB:       env.Database.StorageGiB,
		Version:          env.Database.Version,
		Name:             env.Database.Name,
		BackupDays:       env.Database.BackupDays,
		MultiAZ:          env.Database.MultiAZ,
		LogRetentionDays: cfg.LogRetentionDays,
		EncryptionKey:    encryptionKey(stack, cfg),
		Disposable:       cfg.Disposable,
	})
	fixKey(stack, cfg, "the database by an empty one")
	fix(stack, "DatabaseName", "database.name", env.Database.Name, "the database by an empty one")
	output(stack, "DatabaseEndpoint", database.Instance.DbInstanceEndpointAddress(), "Host name of the database, reachable from the VPC only")
	output(stack, "DatabaseSecretArn", database.Password.SecretArn(), "Secret with the password of the database's master user")
	output(stack, "DatabaseApplicationSecretArn", database.ApplicationPassword.SecretArn(), "Secret with the password of the user that the application serves as")
	return &Data{Stack: stack, Database: database}
}
