//go:build unix

package main

import (
	"errors"
	"fmt"
	"strings"

	"mvdan.cc/sh/v3/shell"
	"mvdan.cc/sh/v3/syntax"
)

// split takes a command line apart as a shell does. What only a shell can do, such as variables that each
// instance has its own value of, is left to one, whose place the application takes, for it has to get the
// signals.
func split(flag, line string) (args []string, err error) {
	file, err := syntax.NewParser().Parse(strings.NewReader(line), "")
	if err != nil {
		return nil, unusable(flag, line, err)
	}
	last, alone := lastCommand(file)
	if last == nil {
		return nil, unusable(flag, line, errors.New("it does not end in a program; put what is more into a script"))
	}
	if alone && !mentionsOwn(file) {
		if args, err = shell.Fields(line, nil); err == nil && len(args) == 0 {
			err = errors.New("it is empty")
		}
		if err != nil {
			return nil, unusable(flag, line, err)
		}
		return args, nil
	}
	replaceShell(last)
	var text strings.Builder
	if err := syntax.NewPrinter().Print(&text, file); err != nil {
		return nil, unusable(flag, line, err)
	}
	return []string{"sh", "-c", strings.TrimSpace(text.String())}, nil
}

func unusable(flag, line string, err error) error {
	return fmt.Errorf("%s %q is no command line: %w", flag, line, err)
}

// lastCommand is the program that runs last and goes on, and whether there is nothing but its words.
func lastCommand(file *syntax.File) (last *syntax.CallExpr, alone bool) {
	if len(file.Stmts) == 0 {
		return nil, false
	}
	stmt := file.Stmts[len(file.Stmts)-1]
	alone = len(file.Stmts) == 1
	for {
		if stmt.Background || stmt.Negated || stmt.Coprocess {
			return nil, false
		}
		alone = alone && len(stmt.Redirs) == 0
		switch command := stmt.Cmd.(type) {
		case *syntax.CallExpr:
			if len(command.Args) == 0 {
				return nil, false
			}
			return command, alone && len(command.Assigns) == 0
		case *syntax.BinaryCmd:
			if command.Op != syntax.AndStmt {
				return nil, false
			}
			stmt, alone = command.Y, false
		default:
			return nil, false
		}
	}
}

// mentionsOwn tells whether there is a variable that is another one in each instance.
func mentionsOwn(file *syntax.File) (found bool) {
	syntax.Walk(file, func(node syntax.Node) bool {
		if parameter, ok := node.(*syntax.ParamExp); ok {
			switch parameter.Param.Value {
			case "PORT", "LISTEN_ADDRESS", "HOST", "INSTANCE_ID", "VERSION", "DATABASE_URL":
				found = true
			}
		}
		return true
	})
	return found
}

// replaceShell makes the shell become the program: with exec, and env for what is set for it alone.
func replaceShell(command *syntax.CallExpr) {
	if command.Args[0].Lit() == "exec" {
		return
	}
	words := []*syntax.Word{word("exec")}
	if len(command.Assigns) > 0 {
		words = append(words, word("env"))
	}
	for _, assign := range command.Assigns {
		parts := []syntax.WordPart{&syntax.Lit{Value: assign.Name.Value + "="}}
		if assign.Value != nil {
			parts = append(parts, assign.Value.Parts...)
		}
		words = append(words, &syntax.Word{Parts: parts})
	}
	command.Args, command.Assigns = append(words, command.Args...), nil
}

func word(text string) *syntax.Word {
	return &syntax.Word{Parts: []syntax.WordPart{&syntax.Lit{Value: text}}}
}
