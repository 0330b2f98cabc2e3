package rollout

import (
	"fmt"
	"strconv"
	"time"
)

// keepAliveMargin is how much longer than the load balancer an application keeps an unused connection.
// Of two equal timeouts either may be the first, and a request on a connection that the application has
// just closed fails with 502 (Application Load Balancers User Guide, "HTTP 502: Bad gateway").
const keepAliveMargin = 15 * time.Second

// longestUsual is the idle timeout of a load balancer that applications are made for: the default of
// Elastic Load Balancing.
const longestUsual = time.Minute

// unusual are the rules that nothing is refused for.
var unusual = []rule{
	{"rollout/unusual-idle-timeout", "IdleTimeout", func(p Policy) (string, cure) {
		if p.IdleTimeout <= longestUsual {
			return "", nil
		}
		return fmt.Sprintf("the load balancer keeps unused connections for %s, and the application has to keep them longer or requests fail: "+
			"the starter reads IDLE_TIMEOUT=%s, any other application has to", secs(p.IdleTimeout), p.Variables()["IDLE_TIMEOUT"]), nil
	}},
}

// Variables are the environment variables that tell an application what the policy expects of it:
// IDLE_TIMEOUT is how long to keep an unused connection, DATABASE_POOL how many connections to open at
// most. There is no DATABASE_POOL where Connections.PerInstance is 0.
func (p Policy) Variables() map[string]string {
	p = p.WithDefaults()
	variables := map[string]string{"IDLE_TIMEOUT": seconds(p.IdleTimeout+keepAliveMargin) + "s"}
	if n := p.Connections.PerInstance; n > 0 {
		variables["DATABASE_POOL"] = strconv.Itoa(n)
	}
	return variables
}
