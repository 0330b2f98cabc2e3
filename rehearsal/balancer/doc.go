// Package balancer is an application load balancer for one machine: what an Application Load
// Balancer of AWS does with requests, targets and their health while a release is under way. Each
// rule names its source: the title of a page in the User Guide for Application Load Balancers.
//
//	b := balancer.New(balancer.Config{Drain: time.Minute, IdleTimeout: time.Minute})
//	defer b.Close()
//	fleet := b.NewGroup("fleet")
//	b.Forward(map[*balancer.Group]int{fleet: 1})
//	target := fleet.Register("127.0.0.1:8080", "i-1")
//	go b.Server().Serve(listener)
//
// What it is not: it has one node, no zones, TLS, HTTP/2, sticky sessions or slow start, one listener
// rule, and it checks the health of every group, also of one that the rule does not name. The idle
// timeout of a WebSocket is not watched. All durations are used as they are given: who compresses time
// does it before.
package balancer
