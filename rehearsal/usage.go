//go:build unix

package main

import (
	"strings"
)

// usage is what -help prints.
func usage() string {
	return strings.NewReplacer("METHODS", wrap(methodNames()), "FAULTS", wrap(strings.Join(faultNames(), ", "))).Replace(help)
}

// wrap breaks a list into lines of the column that it stands in.
func wrap(list string) string {
	const width, column = 58, 26
	var b strings.Builder
	used := 0
	for i, word := range strings.Fields(list) {
		if i > 0 && used+1+len(word) > width {
			b.WriteString("\n" + strings.Repeat(" ", column))
			used = 0
		} else if i > 0 {
			b.WriteByte(' ')
			used++
		}
		b.WriteString(word)
		used += len(word)
	}
	return b.String()
}

const help = `Rehearse a release under load on this machine, through the policy of the template.

usage: go run ./rehearsal [flags]

What is released. Default: starter/, built twice.
  -from, -to COMMAND      the version that serves and the one that is released;
                          each has to listen on the port that PORT says
  -from-image, -to-image IMAGE
                          the same as Docker images, which listen on port 8080
  -migrate COMMAND        migrates the database to what the new version needs,
                          before the release; DATABASE_URL tells it and both versions
                          where that is
  -migrate-from COMMAND   prepares the empty database for the old version, where
                          that does not do so itself
  -database-url URL       PostgreSQL, of a user who may create databases. Default:
                          that of the variable DATABASE_URL, whose password no other
                          user of this machine sees in a list of processes; then
                          a private server, where PostgreSQL is installed

How it is released. Default: as the template says.
  -template STACK         that of an environment: the name of its stack in cdk.out,
                          or a file. Default: the only one in cdk.out
  -method METHOD          one of
                          METHODS
  -instances N            how many instances serve
  -batch N                how many of them are updated at a time
  -fault NAME             makes the release bad, one of
                          FAULTS
  -heal=false             leaves what a failed deployment left, instead of deploying
                          the previous version again
  -compare                every method, with a good version and with a bad one; sets
                          -speed 36, -rate 700 and -heal=false, and a bake of 5 min
  -speed N                divides all waiting by N. Default: 30

What users do.
  -rate N                 requests a second. Default: 100
  -path PATH              what they ask for. Default: /
  -slow-path, -upload-path, -stream-path PATH
                          what takes long to answer, takes uploads, and goes on
                          answering for a while. Default: those of starter/

What comes out: a summary, and exit code 0 only if all went as promised.
  -json                   the results as JSON on standard output instead
  -markdown               only the tables that compare, as Markdown
  -report FOLDER          also a page with plots, and all data
`
