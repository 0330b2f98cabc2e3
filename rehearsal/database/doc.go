// Package database gives a rehearsal a PostgreSQL database that nobody else uses and that is gone
// afterwards: a private cluster where PostgreSQL is installed, or a database with a random name on the
// server of a URL. The new version's migrations run in it while the old version is under load.
//
//	db, err := database.Open(ctx, database.Options{})
//	if errors.Is(err, database.ErrNotInstalled) { … } // rehearse without
//	defer db.Close()
//	old.Env = append(old.Env, db.Env()...)
//	err = db.Migrate(ctx, database.Command{Args: []string{"./app", "migrate"}})
//
// It is not for measuring PostgreSQL: the cluster writes nothing to the disk for certain, and shares the
// machine with the application and the load.
package database
