package report

import (
	"encoding/json"
	"io"
	"time"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/load"
)

// The documents' field names are a contract: fields are added, and [format] counts up where one
// changes its meaning. Times are in seconds since the release began, as measured at speed.
const format = 1

type document struct {
	Format int       `json:"format"`
	Runs   []runJSON `json:"runs"`
}

type runJSON struct {
	Method         rollout.Method `json:"method"`
	Source         string         `json:"policy"`
	Batch          int            `json:"batch"`
	Instances      int            `json:"instances"`
	Speed          float64        `json:"speed"`
	From           string         `json:"from"`
	To             string         `json:"to"`
	Fault          *faultJSON     `json:"fault"`
	Began          time.Time      `json:"began"`
	PlannedSeconds float64        `json:"planned_seconds"`
	TookSeconds    float64        `json:"took_seconds"`
	BakeSeconds    float64        `json:"planned_bake_seconds"`
	Succeeded      bool           `json:"succeeded"`
	Reason         string         `json:"reason"`
	PlannedFloor   int            `json:"planned_floor"`
	Floor          int            `json:"floor"`
	Left           map[string]int `json:"left"`
	WayBack        *wayBackJSON   `json:"way_back"`
	Verdict        verdictJSON    `json:"verdict"`
	Steps          []stepJSON     `json:"steps"`
	Events         []eventJSON    `json:"events"`
	Load           *loadJSON      `json:"load"`
	Causes         []causeJSON    `json:"causes"`
}

type faultJSON struct {
	Name       string         `json:"name"`
	Effect     string         `json:"effect"`
	Prevention string         `json:"prevention"`
	Succeeds   bool           `json:"expected_to_succeed"`
	Loses      bool           `json:"expected_to_lose_requests"`
	Left       map[string]int `json:"expected_left"`
}

type verdictJSON struct {
	AsPromised bool     `json:"as_promised"`
	Passed     bool     `json:"passed"`
	Text       string   `json:"text"`
	Reasons    []string `json:"reasons"`
}

type stepJSON struct {
	Action    rollout.Action `json:"action"`
	Batch     int            `json:"batch"`
	Instances int            `json:"instances"`
	Planned   capacityJSON   `json:"planned"`
	// Seen is null where the step was not reached.
	Seen *capacityJSON `json:"seen"`
}

type capacityJSON struct {
	Old     int      `json:"old"`
	New     int      `json:"new"`
	Out     int      `json:"out"`
	At      *float64 `json:"at,omitempty"`
	Seconds float64  `json:"seconds"`
}

type eventJSON struct {
	At     float64        `json:"at"`
	Step   int            `json:"step"`
	Action rollout.Action `json:"action"`
	Text   string         `json:"text"`
	Old    int            `json:"old"`
	New    int            `json:"new"`
	Out    int            `json:"out"`
	// WayBack tells that step counts in the plan of the way back.
	WayBack bool `json:"way_back"`
}

// JSON writes everything but the single requests.
func JSON(w io.Writer, runs []Run) error {
	d := document{Format: format, Runs: []runJSON{}}
	for _, r := range runs {
		d.Runs = append(d.Runs, r.json())
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(d)
}

func (r Run) json() runJSON {
	policy, verdict := r.Policy.WithDefaults(), Judge(r)
	j := runJSON{
		Method: policy.Method, Source: r.Source, Batch: policy.BatchSize, Instances: policy.Fleet.Desired, Speed: r.Speed,
		From: r.From, To: r.To, Began: r.Began, PlannedSeconds: r.planned().Seconds(), TookSeconds: r.Took.Seconds(),
		BakeSeconds: r.compressed(r.bake()).Seconds(), WayBack: r.wayBackJSON(),
		Succeeded: r.Succeeded, Reason: r.Reason, PlannedFloor: r.Plan.Floor(), Floor: r.Floor, Left: r.Left,
		Verdict: verdictJSON{verdict.AsPromised, verdict.Passed, verdict.Text, append([]string{}, verdict.Reasons...)},
		Steps:   []stepJSON{}, Events: []eventJSON{}, Load: r.loadJSON(), Causes: r.causesJSON(),
	}
	if f := r.Fault; f != nil {
		j.Fault = &faultJSON{f.Name, f.Effect, f.Prevention, f.Succeeds, f.Loses, f.Left}
	}
	for i, s := range r.Plan {
		step := stepJSON{
			Action: s.Action, Batch: s.Batch, Instances: s.Instances,
			Planned: capacityJSON{Old: s.Old, New: s.New, Out: s.Out, Seconds: r.compressed(s.Duration).Seconds()},
		}
		if i < len(r.Steps) {
			m := r.Steps[i]
			step.Seen = &capacityJSON{m.Old, m.New, m.Out, new(r.x(m.Began)), m.Took.Seconds()}
		}
		j.Steps = append(j.Steps, step)
	}
	for _, e := range r.Events {
		j.Events = append(j.Events, eventJSON{r.x(e.At), e.Step, e.Action, e.Text, e.Old, e.New, e.Out, e.WayBack})
	}
	return j
}

type loadJSON struct {
	Requests      int                     `json:"requests"`
	Failed        int                     `json:"failed"`
	BehindSeconds float64                 `json:"behind_seconds"`
	FellBehind    bool                    `json:"fell_behind"`
	ByFailure     map[load.Failure]int    `json:"by_failure"`
	ByStatus      map[int]int             `json:"by_status"`
	ByVersion     map[string]tallyJSON    `json:"by_version"`
	ByInstance    map[string]tallyJSON    `json:"by_instance"`
	ByKind        map[load.Kind]tallyJSON `json:"by_kind"`
	Latency       map[string]float64      `json:"latency_seconds"`
	BucketSeconds float64                 `json:"bucket_seconds"`
	Series        []bucketJSON            `json:"series"`
	Failures      []failureJSON           `json:"failures"`
}

type tallyJSON struct {
	Requests int `json:"requests"`
	Failed   int `json:"failed"`
}

type bucketJSON struct {
	At        float64        `json:"at"`
	Requests  int            `json:"requests"`
	Failed    int            `json:"failed"`
	ByVersion map[string]int `json:"by_version"`
	P50       float64        `json:"p50_seconds"`
	P99       float64        `json:"p99_seconds"`
}
