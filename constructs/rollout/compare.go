package rollout

import (
	"fmt"
	"strings"
	"time"
)

// hoursPerMonth is what AWS reckons a month with.
const hoursPerMonth = 730

// Compare renders all methods for the fleet of p side by side, also those that are refused, with the
// reason. It needs a policy that is [Policy.InRange]. Costs are those of instances only, and said
// only where Fleet.HourlyPrice is known.
func (p Policy) Compare() string {
	p = p.WithDefaults()
	var b strings.Builder
	b.WriteString(table(func(row func(cells ...any)) {
		header := []any{"method", "takes about", "least in service", "most instances", "extra instance-minutes"}
		if p.Fleet.HourlyPrice > 0 {
			header = append(header, "extra cost")
		}
		row(append(header, "way back takes about")...)
		for _, m := range Methods() {
			row(p.With(m).comparison(m == p.Method)...)
		}
	}))
	b.WriteString(p.refusals())
	both := ""
	if p.ShrinkIdle {
		both = ", BlueGreen with both fleets"
	}
	fmt.Fprintf(&b, "\nEach release bakes for another %s, with the instances that it ends with%s.\n", clock(p.Bake), both)
	if green := p.With(BlueGreen); p.Fleet.HourlyPrice > 0 {
		fmt.Fprintf(&b, "Costs are those of instances alone, at about $%.4f an hour each.\n", p.Fleet.HourlyPrice)
		fmt.Fprintf(&b, "BlueGreen keeps %s idle between releases, for about $%.2f a month; its second load balancer comes on top.\n",
			instances(green.idle()), hoursPerMonth*float64(green.idle())*p.Fleet.HourlyPrice)
	}
	b.WriteString("\nA failed deployment leaves:\n")
	b.WriteString(table(func(row func(cells ...any)) {
		for _, m := range Methods() {
			row("  "+string(m), documented[m].failure)
		}
	}))
	b.WriteString("\nThe way back from a bad release:\n")
	b.WriteString(table(func(row func(cells ...any)) {
		for _, m := range Methods() {
			row("  "+string(m), p.With(m).WayBack().How)
		}
	}))
	return b.String()
}

// comparison is the row of one method.
func (p Policy) comparison(yours bool) []any {
	plan, name := p.brief(true), string(p.Method)
	refused := len(p.comparable().findings()) > 0
	switch {
	case yours && refused:
		name += " (yours, refused)"
	case yours:
		name += " (yours)"
	case refused:
		name += " (refused)"
	}
	extra := plan.extra(p.Fleet.Desired + p.idle())
	cells := []any{name, clock(plan.Duration()), fmt.Sprintf("%d of %d", plan.Floor(), p.Fleet.Desired), plan.running(), int(extra.Minutes())}
	if p.Fleet.HourlyPrice > 0 {
		cells = append(cells, fmt.Sprintf("$%.3f", extra.Hours()*p.Fleet.HourlyPrice))
	}
	return append(cells, clock(p.WayBack().Takes))
}

// refusals says which rules refuse which methods.
func (p Policy) refusals() string {
	reasons := table(func(row func(cells ...any)) {
		for _, m := range Methods() {
			for _, f := range p.With(m).comparable().findings() {
				row("  "+string(m), f.message+" ("+f.rule.id+")")
			}
		}
	})
	if reasons == "" {
		return ""
	}
	return "\nRefused:\n" + reasons
}

// comparable is the policy without what belongs to another method only: whoever changes the method
// takes that back too.
func (p Policy) comparable() Policy {
	p.ShrinkIdle = p.ShrinkIdle && p.Method == BlueGreen
	if len(p.broken(downtime)) == 0 {
		p.AllowDowntime, p.DowntimeReason = false, ""
	}
	return p
}

// extra is the time that instances beyond those that always run take, added up.
func (p Plan) extra(always int) time.Duration {
	var sum time.Duration
	for _, s := range p {
		sum += time.Duration(max(0, s.running()-always)) * s.Duration
	}
	return sum
}
