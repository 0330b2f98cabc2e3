// Package report says how a rehearsed release went: while it runs, in one line of a terminal; at the
// end, as tables and a verdict; and where a folder is given, as a page with plots beside the raw data.
//
//	stop := report.Follow(os.Stdout, state)
//	…
//	stop()
//	report.Text(os.Stdout, runs)
//	err := report.Write("report", runs)
//
// It judges by the plan that constructs/rollout computes and by nothing else: what a method promises
// is written there. It measures nothing itself.
//
// All figures of time are as measured. Durations of the release have the factor behind them by which its
// timers were shortened, 24.3 s ×20; latencies have none, for nothing shortens those. Nothing is
// multiplied back.
package report
