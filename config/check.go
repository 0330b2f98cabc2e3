package config

import (
	"fmt"
	"reflect"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/limits"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
)

// checker judges a configuration whose values all have the right type.
type checker struct {
	cfg      Config
	written  []Environment // the environments as cdk.json has them, without the overrides
	taken    map[override]reflect.Value
	open     [][]string // per environment, the settings whose defaults depend on others and hold
	problems Problems

	// comparing lets pass what another method may mend.
	comparing bool
}

func (c *checker) add(path string, err error) {
	if err != nil {
		c.problems = append(c.problems, Problem{path, err.Error()})
	}
}

func (c *checker) check() Problems {
	cfg := c.cfg
	c.add("service", limits.ServiceName(cfg.Service))
	c.add("account", given(cfg.Account, limits.AccountID))
	c.add("region", given(cfg.Region, limits.Region))
	c.add("notifyEmail", given(cfg.NotifyEmail, limits.Email))
	c.tags()
	c.add("logRetentionDays", limits.LogRetentionDays(cfg.LogRetentionDays))
	c.add("disposable", limits.Reason(cfg.Disposable, "everything may be deleted"))
	c.add("kmsKeyArn", given(cfg.KmsKeyArn, func(arn string) error { return limits.KeyARN(arn, c.home()) }))
	c.add("repository.branch", limits.Branch(cfg.Repository.Branch))
	c.add("repository.sshPublicKey", given(cfg.Repository.SSHPublicKey, limits.SSHPublicKey))
	if cfg.Repository.SSHPublicKey != "" && !cfg.Repository.GitUser {
		c.add("repository.sshPublicKey", fmt.Errorf("a key needs a user and gitUser is false; set gitUser to true or remove the key"))
	}
	for name, why := range cfg.Bundle.Allow {
		c.add(member("bundle.allow", name), limits.BundleExtra(name, why))
	}
	c.environments()
	return c.problems
}

func (c *checker) tags() {
	c.add("tags", limits.Tags(len(c.cfg.Tags)))
	for key, value := range c.cfg.Tags {
		c.add(member("tags", key), limits.Tag(key, value))
	}
	for key, err := range limits.TagsInOneCase(c.cfg.Tags) {
		c.add(member("tags", key), err)
	}
}

// environments judges each environment, and what they share: one pipeline and one image.
func (c *checker) environments() {
	approvals := 0
	c.names()
	for i, e := range c.cfg.Environments {
		if e.Approval {
			approvals++
		}
		c.place(i, e)
		c.policy(i, e)
		c.architecture(i, e)
	}
	c.add("environments", limits.PipelineStages(len(c.cfg.Environments), approvals))
}

// names holds environments apart, also those that BlueGreen adds.
func (c *checker) names() {
	first := map[string]int{}
	for i, e := range c.cfg.Environments {
		if other, taken := first[e.Name]; taken {
			c.add(at(i, "name"), fmt.Errorf("%s is also the name of environments[%d]; use another", limits.Quote(e.Name), other))
			continue
		}
		first[e.Name] = i
	}
	for i, e := range c.cfg.Environments {
		second := limits.StandbyName(e.Name)
		if other, taken := first[second]; taken && e.Deployment.Method == string(rollout.BlueGreen) {
			c.add(at(other, "name"), fmt.Errorf("%s is also what BlueGreen calls the second environment of environments[%d], %s; use another",
				limits.Quote(second), i, limits.Quote(e.Name)))
		}
	}
}

// architecture holds all environments to the one that the image is built for.
func (c *checker) architecture(i int, e Environment) {
	built, err := limits.InstanceArchitecture(c.cfg.Environments[0].Fleet.InstanceType)
	if err != nil {
		return
	}
	if own, err := limits.InstanceArchitecture(e.Fleet.InstanceType); err == nil && own != built {
		c.add(c.path(i, "fleet.instanceType"), fmt.Errorf("%s is %s, but one image is built, for the %s of environments[0]; use a type of the same architecture",
			e.Fleet.InstanceType, own, built))
	}
}

// place judges what an environment is for itself, but for its policy.
func (c *checker) place(i int, e Environment) {
	add := func(path string, err error) { c.add(c.path(i, path), err) }
	add("name", limits.EnvironmentName(e.Name))
	// A network keeps room for all zones, so that their number can be changed later.
	add("network.cidr", limits.CIDR(e.Network.CIDR))
	// Of too few zones rollout says why.
	if e.Network.Zones >= 2 {
		add("network.zones", limits.Zones(e.Network.Zones))
	}
	add("network.nat", limits.NAT(e.Network.NAT))
	add("database.instanceClass", limits.DatabaseClass(e.Database.InstanceClass))
	add("database.storageGiB", limits.StorageGiB(e.Database.StorageGiB))
	add("database.version", limits.DatabaseVersion(e.Database.Version))
	add("database.name", limits.DatabaseName(e.Database.Name))
	add("database.backupDays", limits.BackupDays(e.Database.BackupDays))
	_, err := limits.InstanceArchitecture(e.Fleet.InstanceType)
	add("fleet.instanceType", err)
	add("fleet.volumeGiB", limits.VolumeGiB(e.Fleet.VolumeGiB))
	// Where it is the health check's, that is reported.
	if e.Deployment.ProbePath != e.Health.Path {
		add("deployment.probePath", given(e.Deployment.ProbePath, limits.Path))
	}
	add("deployment.probeHost", given(e.Deployment.ProbeHost, limits.HostName))
	c.zeros(i, e)
	if e.Deployment.Method == string(rollout.BlueGreen) {
		c.add(c.path(i, "deployment.method"), limits.StandbyFits(c.cfg.Service+"-"+e.Name))
	}
	c.alarms(i, e)
	add("updates.window", limits.UpdateWindow(e.Updates.Window))
	add("updates.level", limits.UpdateLevel(e.Updates.Level))
	add("certificateArn", given(e.CertificateArn, func(arn string) error { return limits.CertificateARN(arn, c.home()) }))
	c.edge(i, e)
	c.variables(i, e)
}

// edge judges what clients may reach, and what the instances may.
func (c *checker) edge(i int, e Environment) {
	c.add(at(i, "allowHTTP"), limits.AllowHTTP(e.AllowHTTP, e.CertificateArn))
	c.add(at(i, "allowEgress"), limits.EgressTogether(e.AllowEgress))
	for name, why := range e.AllowEgress {
		c.add(member(at(i, "allowEgress"), name), limits.Egress(name, why))
	}
}

// alarms judges what is written; zeros are refused already.
func (c *checker) alarms(i int, e Environment) {
	number := func(path string, n int, check func(int) error) {
		if n != 0 {
			c.add(at(i, "alarms."+path), check(n))
		}
	}
	number("errorPercent", e.Alarms.ErrorPercent, limits.ErrorPercent)
	number("minRequests", e.Alarms.MinRequests, limits.MinRequests)
	number("latencyMilliseconds", e.Alarms.LatencyMilliseconds, func(n int) error {
		if idle := e.Deployment.IdleTimeoutSeconds; idle > 0 && limits.LatencyEnds(n, idle) != nil {
			return limits.LatencyEnds(n, idle)
		}
		return limits.LatencyMilliseconds(n)
	})
	c.add(at(i, "alarms.health"), given(e.Alarms.Health, limits.AlarmingHealth))
	number("healthyHosts", e.Alarms.HealthyHosts, func(n int) error { return limits.HealthyHosts(n, floor(e)) })
	number("freeStoragePercent", e.Alarms.FreeStoragePercent, limits.FreeStoragePercent)
	number("connectionsPercent", e.Alarms.ConnectionsPercent, func(n int) error {
		if leftOut(e, "alarms.connectionsPercent") {
			return nil // that suits every fleet that suits the database
		}
		return limits.ConnectionsPercentOf(n, e.Database.InstanceClass, e.Fleet.MaxInstances*e.Database.ConnectionsPerInstance)
	})
	number("cpuCredits", e.Alarms.CPUCredits, func(n int) error { return limits.CPUCreditsOf(n, e.Database.InstanceClass) })
}

// floor is what a release leaves in service, as far as that can be told.
func floor(e Environment) int {
	if e.Policy().InRange() {
		return e.Policy().HealthyFloor()
	}
	return e.Fleet.MaxInstances
}

// home is the account and region of the stacks; one that is refused is not compared with.
func (c *checker) home() limits.Home {
	home := limits.Home{Account: c.cfg.Account, Region: c.cfg.Region}
	if limits.AccountID(home.Account) != nil {
		home.Account = ""
	}
	if limits.Region(home.Region) != nil {
		home.Region = ""
	}
	return home
}

func (c *checker) variables(i int, e Environment) {
	for name, value := range e.Variables {
		c.add(member(at(i, "variables"), name), limits.Variable(name, value))
	}
	for name, arn := range e.Secrets {
		c.add(member(at(i, "secrets"), name), limits.SecretVariable(name, arn, c.home()))
		if _, twice := e.Variables[name]; twice {
			c.add(member(at(i, "secrets"), name), fmt.Errorf("the same name is under variables; remove one of the two"))
		}
	}
	c.add(at(i, "variables"), limits.VariablesSize(e.Variables, e.Secrets))
}

// at is the path of a setting of an environment.
func at(i int, path string) string { return fmt.Sprintf("environments[%d].%s", i, path) }

// path is how the user set a setting of an environment: by an override, or else in cdk.json.
func (c *checker) path(i int, path string) string {
	for o := range c.taken {
		if o.path == path {
			return o.typed()
		}
	}
	return at(i, path)
}

// given checks a setting that may be empty.
func given(value string, check func(string) error) error {
	if value == "" {
		return nil
	}
	return check(value)
}
