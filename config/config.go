package config

import "net/netip"

// Config is everything that can be set. Every setting is optional, but an environment needs
// certificateArn or allowHTTP.
type Config struct {
	// Service is the name of the application; it begins the name of every stack and of the
	// repository. 2 to 20 lower-case letters, digits and hyphens, beginning with a letter.
	Service string `json:"service" default:"zero-downtime"`

	// Account is the twelve-digit AWS account to deploy to. With it, the CDK CLI refuses
	// credentials of another account.
	Account string `json:"account" unset:"the account of the CLI's credentials"`

	// Region is the AWS region to deploy to, such as eu-west-1.
	Region string `json:"region" unset:"the region of the CLI's credentials"`

	// NotifyEmail is the address that hears of releases (started, succeeded, failed,
	// stopped, cancelled, rolled back), of alarms, and of platform updates that failed. AWS sends it a message that has to be confirmed. Empty:
	// nobody is notified, and every synth of anything but the showcase warns.
	NotifyEmail string `json:"notifyEmail"`

	// Tags are names and values that are put on every resource that can carry them, at most 45.
	// Names must not differ only in case. Name is reserved, in any case; service and environment, in
	// lower case, replace the tags of every stack. Values must not be empty.
	Tags map[string]string `json:"tags"`

	// LogRetentionDays is how long logs are kept in CloudWatch: one of 1, 3, 5, 7, 14, 30, 60, 90,
	// 120, 150, 180, 365, 400, 545, 731, 1827, 3653.
	LogRetentionDays int `json:"logRetentionDays" default:"30"`

	// Disposable is the reason why everything may be deleted with the stacks, in two words or more:
	// database without a final snapshot, repository, images, artifacts and logs. It is shown at every synth.
	// Empty: they are protected and retained.
	Disposable string `json:"disposable"`

	// KmsKeyArn is a customer managed KMS key of the same account and region, with which the database, its
	// password, images, artifacts, notifications and our log groups are encrypted. Only a first deployment
	// can set it: CloudFormation refuses a later change. docs/encryption.md has the key policy that it needs.
	// Empty: keys that AWS owns or manages.
	KmsKeyArn string `json:"kmsKeyArn"`

	// Repository is the Git repository that releases come from.
	Repository Repository `json:"repository"`

	// Bundle is what a release brings to the instances beside the image.
	Bundle Bundle `json:"bundle"`

	// Environments are the places that a release goes to, one after the other in this order. Up to
	// 48, approvals counted too; without any there is one named "showcase", which allows plain HTTP.
	Environments []Environment `json:"environments"`
}

// Repository is the CodeCommit repository.
type Repository struct {
	// Branch is the branch whose commits are released.
	Branch string `json:"branch" default:"main"`

	// GitUser makes an IAM user for Git over SSH that may use this repository and nothing else. CloudTrail
	// cannot tell the people apart who share its key; git-remote-codecommit needs no user. An earlier version
	// had true as the default: without the setting, the next deploy takes that user's access away.
	GitUser bool `json:"gitUser"`

	// SSHPublicKey is the public key of that user, one line that begins with "ssh-rsa". IAM takes
	// RSA keys only. It needs gitUser. Empty: no key is uploaded.
	SSHPublicKey string `json:"sshPublicKey"`

	// Protected denies direct pushes to the branch to the people with the policy DevelopersPolicyArn (see the
	// outputs) and to the Git user. Changes come by pull requests. CodeCommit lets the author merge a pull
	// request alone, unless an approval rule template of yours asks for the approval of others; the policy denies
	// changes of approval rules.
	Protected bool `json:"protected"`
}

// Bundle is what a release brings to the instances beside the image.
type Bundle struct {
	// Allow names what a release may deploy although it changes what the templates decided, or although the
	// build did not make it, each with the reason: the directories .ebextensions and .platform of the
	// repository, and images with a tag or digest, as in { ".platform": "a swap file" }. What is not named
	// here fails the release before anything is deployed. Each name is shown at every synth.
	Allow map[string]string `json:"allow"`
}

// Environment is one place where the application runs, with its own network and database.
type Environment struct {
	// Name is the environment's own name: 2 to 16 lower-case letters, digits and hyphens, beginning
	// with a letter.
	Name string `json:"name" default:"showcase"`

	// Approval makes each release wait for a person before it reaches this environment.
	Approval bool `json:"approval"`

	// Network is the VPC.
	Network Network `json:"network"`

	// Database is the PostgreSQL instance.
	Database Database `json:"database"`

	// Fleet is the web instances.
	Fleet Fleet `json:"fleet"`

	// Deployment is how a release reaches the fleet.
	Deployment Deployment `json:"deployment"`

	// Health is how the load balancer decides that an instance can serve.
	Health Health `json:"health"`

	// Updates is when Beanstalk updates the platform.
	Updates Updates `json:"updates"`

	// Alarms are the bounds beyond which there is an alarm.
	Alarms Alarms `json:"alarms"`

	// Dashboard makes a CloudWatch dashboard of the environment. AWS gives three to each account for
	// free; false leaves it out.
	Dashboard bool `json:"dashboard" default:"true"`

	// CertificateArn is an ACM certificate of the same account and region; with it the load balancer
	// serves HTTPS on port 443. Empty: there is no HTTPS, and allowHTTP has to say why.
	CertificateArn string `json:"certificateArn"`

	// AllowHTTP is the reason why the load balancer serves plain HTTP on port 80, in two words or more.
	// Without certificateArn it is required. It is shown at every synth. Empty: port 80 is closed. To
	// move from HTTP to HTTPS without an interruption, set certificateArn first, and remove allowHTTP in a
	// later deploy.
	AllowHTTP string `json:"allowHTTP"`

	// AllowEgress names what the instances may connect to beside HTTPS, the DNS of the VPC, the time (UDP 123) and the
	// database: a protocol and a port or a range of ports, or all, each with the reason, as in
	// { "tcp/587": "mail through SMTP" }. The addresses are not limited. Each is shown at every synth.
	AllowEgress map[string]string `json:"allowEgress"`

	// Variables are environment variables for the containers, each of one line. No secrets: they can be
	// read in the console. The environment sets RDS_HOSTNAME, RDS_PORT, RDS_DB_NAME, RDS_USERNAME,
	// RDS_PASSWORD, RDS_APPLICATION_USERNAME, RDS_APPLICATION_PASSWORD, IDLE_TIMEOUT and DATABASE_POOL; these
	// and PORT cannot be set here. All variables and secrets together may take 4096 bytes.
	Variables map[string]string `json:"variables"`

	// Secrets are environment variables whose values come from Secrets Manager or SSM Parameter
	// Store when an instance starts: name to ARN, of the same account and region. They have to be
	// encrypted with AWS's own key, which is what they are unless another was chosen, or with kmsKeyArn.
	Secrets map[string]string `json:"secrets"`
}

// Network is the VPC of an environment.
type Network struct {
	// CIDR is the IPv4 address block, /16 to /23, of a private range. Each subnet has a sixteenth of it.
	// Those of the instances need room for twice maxInstances, with BlueGreen also for twice the idle
	// fleet, and without NAT for the load balancers. It is for life: CloudFormation refuses another one.
	CIDR netip.Prefix `json:"cidr" default:"10.0.0.0/16"`

	// Zones is the number of availability zones, 2 or 3. To add one is harmless; README tells how to
	// take one away.
	Zones int `json:"zones" default:"2"`

	// NAT is how instances reach the internet: none, shared or per-zone. With none, they live in
	// public subnets behind a security group that admits only the load balancer; else in private
	// ones behind one NAT gateway, or one in each zone.
	NAT string `json:"nat" default:"none"`
}

// Database is the PostgreSQL instance of an environment.
type Database struct {
	// InstanceClass is the RDS instance class.
	InstanceClass string `json:"instanceClass" default:"db.t4g.micro"`

	// StorageGiB is the size of the gp3 volume in GiB, 20 to 65536.
	StorageGiB int `json:"storageGiB" default:"20"`

	// Version is the major version of PostgreSQL. A higher one is installed in the maintenance window;
	// during that the database is away, and it cannot be undone.
	Version string `json:"version" default:"17"`

	// Name is the database that is created: 1 to 63 letters, digits and underscores, beginning with
	// a letter. RDS refuses words of SQL. It is for life: CloudFormation refuses another one.
	Name string `json:"name" default:"app"`

	// BackupDays is how many days of backups are kept, 1 to 35. AWS's Free plan allows 1.
	BackupDays int `json:"backupDays" default:"7"`

	// MultiAZ keeps a standby in another zone that takes over when the first fails.
	MultiAZ bool `json:"multiAZ"`

	// ConnectionsPerInstance is how many connections one web instance may open, 0 to 5000: 5 is the
	// starter's default, 0 suits an application that opens none. Containers get the number as
	// DATABASE_POOL, except 0. The database must accept the connections of twice maxInstances, for a
	// managed platform update starts a second fleet, with BlueGreen also of twice the idle fleet, and RDS
	// reserves 5 more.
	ConnectionsPerInstance int `json:"connectionsPerInstance" default:"5"`
}

// Fleet is the web instances of an environment.
type Fleet struct {
	// InstanceType is the EC2 instance type. Its architecture decides that of the build.
	InstanceType string `json:"instanceType" default:"t4g.small"`

	// MinInstances is the smallest number of instances, 1 to 10000.
	MinInstances int `json:"minInstances" default:"2"`

	// MaxInstances is the largest number of instances, minInstances to 10000.
	MaxInstances int `json:"maxInstances" unset:"twice minInstances"`

	// VolumeGiB is the size of an instance's root volume in GiB, 30 to 16384.
	VolumeGiB int `json:"volumeGiB" default:"30"`

	// ScaleOutPercent is the average CPU load above which an instance is added, 1 to 99.
	ScaleOutPercent int `json:"scaleOutPercent" default:"70"`

	// ScaleInPercent is the average CPU load below which an instance is removed, 1 to 98, and so much
	// less than scaleOutPercent that neither an instance that was just added is removed again, nor
	// the others reach it while a batch is out of service.
	ScaleInPercent int `json:"scaleInPercent" default:"25"`
}
