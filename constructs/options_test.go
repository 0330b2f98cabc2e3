package constructs_test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/constructstest"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
)

// documented is what Elastic Beanstalk documents of its options (Developer Guide, "General options
// for all environments"): by namespace and name, the values that an option takes.
type documented map[string]map[string]struct {
	Any      bool
	Values   []string
	Min, Max *int
	Pattern  string
}

func readDocumented(t *testing.T) documented {
	t.Helper()
	text, err := os.ReadFile("testdata/beanstalk-options.json")
	require.NoError(t, err)
	var table documented
	require.NoError(t, json.Unmarshal(text, &table))
	return table
}

// check says what Beanstalk would refuse. A value that only the deployment knows passes where any
// value does.
func (d documented) check(namespace, name string, value any) error {
	options, known := d[namespace]
	if !known {
		return fmt.Errorf("there is no namespace %s", namespace)
	}
	option, known := options[name]
	if !known {
		if option, known = options["*"]; !known {
			return fmt.Errorf("%s has no option %s", namespace, name)
		}
	}
	text, literal := value.(string)
	number, err := strconv.Atoi(text)
	switch {
	case option.Any:
		return nil
	case !literal:
		return fmt.Errorf("%s %s has a value that is not known yet", namespace, name)
	case option.Values != nil && !slices.Contains(option.Values, text):
		return fmt.Errorf("%s %s is %q, not one of %v", namespace, name, text, option.Values)
	case option.Min != nil && (err != nil || number < *option.Min || number > *option.Max):
		return fmt.Errorf("%s %s is %q, not %d to %d", namespace, name, text, *option.Min, *option.Max)
	case option.Pattern != "" && !regexp.MustCompile(option.Pattern).MatchString(text):
		return fmt.Errorf("%s %s is %q, which does not match %s", namespace, name, text, option.Pattern)
	}
	return nil
}

func TestOptionsAreThoseThatBeanstalkDocuments(t *testing.T) {
	table := readDocumented(t)
	t.Run("in every template", func(t *testing.T) {
		for id, template := range map[string]constructstest.Template{"Web": smallest, "Production": everything} {
			for _, o := range template.Only(t, "AWS::ElasticBeanstalk::Environment", id).At("OptionSettings").([]any) {
				assert.NoError(t, table.check(constructstest.At(o, "Namespace").(string), constructstest.At(o, "OptionName").(string), constructstest.At(o, "Value")))
			}
		}
	})
	t.Run("with every method, at the ends of every range", func(t *testing.T) {
		for _, method := range rollout.Methods() {
			for _, p := range []rollout.Policy{
				{Method: method},
				{Method: method, TrafficPercent: 1, Evaluation: 3 * time.Minute, Drain: time.Second, IdleTimeout: time.Second,
					Fleet:  rollout.Fleet{Min: 1, Max: 1},
					Health: rollout.HealthCheck{Path: "/", Interval: 5 * time.Second, Timeout: time.Second, Healthy: 2, Unhealthy: 2}},
				{Method: method, BatchSize: 10000, TrafficPercent: 100, Evaluation: 600 * time.Minute, Drain: time.Hour, IdleTimeout: time.Hour,
					CommandTimeout: time.Hour, Fleet: rollout.Fleet{Min: 10000, Max: 10000},
					Health: rollout.HealthCheck{Interval: 300 * time.Second, Timeout: time.Minute, Healthy: 10, Unhealthy: 10}},
			} {
				for _, s := range p.Settings() {
					assert.NoError(t, table.check(s.Namespace, s.Name, s.Value), "%+v", p)
				}
			}
		}
	})
	t.Run("and a mistake would be seen", func(t *testing.T) {
		assert.Error(t, table.check("aws:elasticbeanstalk:comand", "Timeout", "600"))
		assert.Error(t, table.check("aws:elasticbeanstalk:command", "BatchSise", "1"))
		assert.Error(t, table.check("aws:elasticbeanstalk:command", "DeploymentPolicy", "BlueGreen"))
		assert.Error(t, table.check("aws:elasticbeanstalk:command", "Timeout", "3601"))
		assert.Error(t, table.check("aws:elasticbeanstalk:managedactions", "PreferredStartTime", "Sunday"))
	})
}
