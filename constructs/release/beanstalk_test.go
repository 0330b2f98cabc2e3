//go:build slow

package release_test

import (
	"encoding/json"
	"fmt"
	"slices"
)

func (a *account) describe(c call) any {
	list := []any{}
	for _, e := range a.environments {
		if !slices.Contains(c.input["EnvironmentNames"].([]any), any(e.name)) {
			continue
		}
		if len(e.next) > 0 {
			now := e.next[0]
			e.status, e.next = now.status, e.next[1:]
			if now.change != nil {
				now.change(e)
			}
		}
		list = append(list, map[string]any{
			"EnvironmentName": e.name, "CNAME": e.cname, "Status": e.status, "EndpointURL": e.endpoint,
			"VersionLabel": e.version, "Health": e.health,
		})
	}
	return map[string]any{"Environments": list}
}

func (a *account) putMetrics(c call) error {
	if c.text("Namespace") != "ZeroDowntimeBeanstalk" {
		return fmt.Errorf("another namespace: %s", c.text("Namespace"))
	}
	data, err := json.Marshal(c.input["MetricData"])
	if err != nil {
		return err
	}
	var list []metric
	err = json.Unmarshal(data, &list)
	a.metrics = append(a.metrics, list...)
	return err
}

func (a *account) register(c call) (any, error) {
	label := c.text("VersionLabel")
	if slices.Contains(a.versions, label) {
		return nil, fmt.Errorf("Application Version %s already exists.", label)
	}
	if a.objects[c.input["SourceBundle"].(map[string]any)["S3Key"].(string)] == nil {
		return nil, fmt.Errorf("Unable to download from S3 location")
	}
	a.versions = append(a.versions, label)
	return map[string]any{}, nil
}

func (a *account) labels() []any {
	labels := []any{}
	for _, label := range a.versions {
		labels = append(labels, map[string]any{"VersionLabel": label})
	}
	return labels
}

func (a *account) update(e *environment, c call) error {
	if err := ready(e); err != nil {
		return err
	}
	done := step{status: "Ready"}
	if label := c.text("VersionLabel"); label != "" {
		if !slices.Contains(a.versions, label) {
			return fmt.Errorf("No Application Version named '%s' found.", label)
		}
		done.change = func(e *environment) { e.version, e.health = label, "Green" }
		if a.deployed != nil {
			done.change = func(e *environment) { a.deployed(e, label) }
		}
	}
	for _, o := range list(c.input["OptionSettings"]) {
		setting := o.(map[string]any)
		size := map[string]*int{"MinSize": &e.minimum, "MaxSize": &e.maximum}[setting["OptionName"].(string)]
		if _, err := fmt.Sscan(setting["Value"].(string), size); err != nil {
			return err
		}
	}
	e.instances = max(e.instances, e.minimum)
	e.status, e.next = "Updating", []step{{status: "Updating"}, done}
	return nil
}

func (a *account) swap(source, destination *environment) error {
	for _, e := range []*environment{source, destination} {
		if err := ready(e); err != nil {
			return err
		}
	}
	old, stable := destination.cname, source.cname
	end := func(cname string) []step {
		// It takes a moment to begin.
		return []step{{status: "Ready"}, {status: "Updating"}, {"Ready", func(e *environment) { e.cname = cname }}}
	}
	source.next, destination.next = end(old), end(stable)
	if a.swapping != nil {
		a.swapping()
	}
	return nil
}

func ready(e *environment) error {
	if e.status == "Ready" && len(e.next) == 0 {
		return nil
	}
	return fmt.Errorf("Environment named %s is in an invalid state for this operation. Must be Ready.", e.name)
}

func (a *account) find(name string) *environment {
	for _, e := range a.environments {
		if e.name == name {
			return e
		}
	}
	panic("no environment " + name)
}
