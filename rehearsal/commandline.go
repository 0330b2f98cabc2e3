//go:build unix

package main

import (
	"errors"
	"fmt"
	"strings"

	"mvdan.cc/sh/v3/shell"
	"mvdan.cc/sh/v3/syntax"
)

// split takes the command line of an application apart as a shell does. What only a shell can do, such as
// variables that each instance has its own value of, is left to one, whose place the application takes,
// for it has to get the signals.
func split(flag, line string) ([]string, error) {
	file, err := parseLine(flag, line)
	if err != nil {
		return nil, err
	}
	if !needsShell(file) {
		return words(flag, line)
	}
	last := lastCommand(file)
	if last == nil {
		return nil, unusable(flag, line, errors.New("it does not end in a program; put what is more into a script"))
	}
	if last.Args[0].Lit() != "exec" {
		exec := &syntax.Word{Parts: []syntax.WordPart{&syntax.Lit{Value: "exec"}}}
		last.Args = append([]*syntax.Word{exec}, last.Args...)
	}
	var text strings.Builder
	if err := syntax.NewPrinter().Print(&text, file); err != nil {
		return nil, unusable(flag, line, err)
	}
	return []string{"sh", "-c", strings.TrimSpace(text.String())}, nil
}

// splitMigration is the same for a command that ends by itself.
func splitMigration(flag, line string) ([]string, error) {
	file, err := parseLine(flag, line)
	if err != nil {
		return nil, err
	}
	if !needsShell(file) {
		return words(flag, line)
	}
	return []string{"sh", "-c", line}, nil
}

func parseLine(flag, line string) (*syntax.File, error) {
	file, err := syntax.NewParser(syntax.Variant(syntax.LangPOSIX)).Parse(strings.NewReader(line), "")
	if err != nil {
		return nil, unusable(flag, line, err)
	}
	return file, nil
}

// words are those of a line that needs no shell.
func words(flag, line string) ([]string, error) {
	args, err := shell.Fields(line, nil)
	if err == nil && len(args) == 0 {
		err = errors.New("it is empty")
	}
	if err != nil {
		return nil, unusable(flag, line, err)
	}
	return args, nil
}

func unusable(flag, line string, err error) error {
	return fmt.Errorf("%s %q is no command line: %w", flag, line, err)
}

// needsShell tells whether a line is more than the words of one command.
func needsShell(file *syntax.File) (needed bool) {
	if len(file.Stmts) == 0 {
		return false
	}
	call, simple := file.Stmts[0].Cmd.(*syntax.CallExpr)
	if stmt := file.Stmts[0]; len(file.Stmts) > 1 || !simple || len(stmt.Redirs) > 0 || stmt.Background || stmt.Negated ||
		len(call.Assigns) > 0 || call.Args[0].Lit() == "exec" {
		return true
	}
	syntax.Walk(file, func(node syntax.Node) bool {
		switch node.(type) {
		case *syntax.CmdSubst, *syntax.ArithmExp, *syntax.ParamExp:
			needed = true
		}
		return !needed
	})
	return needed
}

// lastCommand is the program that runs last and goes on, or nil where there is none.
func lastCommand(file *syntax.File) *syntax.CallExpr {
	for stmt := file.Stmts[len(file.Stmts)-1]; !stmt.Background && !stmt.Negated; {
		switch command := stmt.Cmd.(type) {
		case *syntax.CallExpr:
			if len(command.Args) == 0 {
				return nil
			}
			return command
		case *syntax.BinaryCmd:
			if command.Op != syntax.AndStmt {
				return nil
			}
			stmt = command.Y
		default:
			return nil
		}
	}
	return nil
}
