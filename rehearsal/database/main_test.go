//go:build slow

package database_test

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/database"
)

// victim makes this program open a database and wait to be killed.
const victim = "REHEARSAL_DATABASE_VICTIM"

func TestMain(m *testing.M) {
	if dir := os.Getenv(victim); dir != "" {
		db, err := database.Open(context.Background(), database.Options{Dir: dir, URL: os.Getenv(victim + "_URL")})
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println("open", variable(db, "RDS_DB_NAME"))
		time.Sleep(time.Hour)
	}
	code := m.Run()
	if err := closeShared(); err != nil {
		fmt.Println(err)
		code = 1
	}
	if err := goleak.Find(); err != nil {
		fmt.Println(err)
		code = 1
	}
	os.Exit(code)
}

// openShared opens the server of the tests that leave it as it is.
var openShared = sync.OnceValues(func() (*database.Database, error) {
	return database.Open(context.Background(), database.Options{})
})

func closeShared() error {
	if db, err := openShared(); err == nil { // opens it if no test did
		return db.Close()
	}
	return nil
}

func shared(t *testing.T) *database.Database {
	t.Helper()
	requireInstalled(t)
	db, err := openShared()
	require.NoError(t, err)
	return db
}

func requireInstalled(t *testing.T) {
	t.Helper()
	if !database.Installed() {
		t.Skip(database.ErrNotInstalled)
	}
}
