// Package load asks a web application at a constant rate, whatever it answers, and remembers when
// every request was due, how long its answer took and which version gave it.
//
// The rate is open loop: the next request is sent when it is due, not when the last one is answered.
// A request's latency counts from when it was due, so that an application that stops for a while
// cannot hide it by slowing the questions down. vegeta keeps the schedule and the workers; the
// exchanges themselves are made here, for vegeta's results do not tell versions and kinds of failure
// apart and know no streams.
//
//	l, err := load.Start(ctx, load.Config{URL: "http://127.0.0.1:8080/", Rate: 100, NewEvery: 4})
//	if err != nil {
//		return err
//	}
//	time.Sleep(time.Minute)
//	results := l.Stop()
//	fmt.Println(results.Failed(), "of", results.Requests(), "failed")
//
// It is no benchmark: it finds requests that fail, not the rate that an application can bear. It
// speaks HTTP/1.1, follows no redirect and keeps no cookie.
package load
