package constructs

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/deployedstate"
)

// endpoint is how users and CloudWatch reach what Beanstalk made for an [Environment]. Beanstalk
// chooses these names, so they are looked up once the environments are there.
type endpoint struct {
	// cname is the host name that users are given. A swap hands it on to the other environment.
	cname *string
	// sites are the environments, the first one first.
	sites []site
}

// site is one environment by the names that CloudWatch knows it by.
type site struct{ environment, loadBalancer, targetGroup *string }

func newEndpoint(e *Environment) *endpoint {
	names, addresses := []*string{e.Environment.Ref()}, []*string{e.Environment.AttrEndpointUrl()}
	if e.Standby != nil {
		names, addresses = append(names, e.Standby.Ref()), append(addresses, e.Standby.AttrEndpointUrl())
	}
	resource := e.Deployed.resource("Endpoint", deployedstate.ResourceTypeEndpoint, map[string]any{
		deployedstate.PropertyApplicationName:  e.Application.Ref(),
		deployedstate.PropertyEnvironmentNames: &names,
		deployedstate.PropertyEndpointURLs:     &addresses,
	})
	found := &endpoint{cname: attribute(resource, deployedstate.AttributeCNAME)}
	for i, name := range names {
		found.sites = append(found.sites, site{
			environment:  name,
			loadBalancer: attribute(resource, deployedstate.AttributeLoadBalancer(i)),
			targetGroup:  attribute(resource, deployedstate.AttributeTargetGroup(i)),
		})
	}
	return found
}

func attribute(resource awscdk.CustomResource, name string) *string {
	return resource.GetAttString(&name)
}
