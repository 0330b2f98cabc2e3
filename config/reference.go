package config

import (
	"embed"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"strings"
)

//go:embed config.go deployment.go
var sources embed.FS

// Reference is the description of all settings as Markdown: a table for each object of the
// configuration, made of the comments and tags of the types in this package.
func Reference() string {
	comments := documentation()
	var b strings.Builder
	section(&b, comments, reflect.TypeFor[Config](), "")
	b.WriteString("\n### For one run: `-c`\n\n")
	b.WriteString("`-c region=eu-west-1` after a command sets a setting of the first table that is a single value, for one run.\n")
	b.WriteString("These keys set the same setting in every environment:\n\n| key | sets |\n|---|---|\n")
	for _, o := range overrides {
		fmt.Fprintf(&b, "| `-c %s=…` | `environments[].%s` |\n", o.name, o.path)
	}
	return b.String()
}

// section writes the table of one object and then those of the objects in it.
func section(b *strings.Builder, comments map[string]string, object reflect.Type, path string) {
	if path != "" {
		fmt.Fprintf(b, "\n### `%s`\n\n", path)
	}
	fmt.Fprintf(b, "%s\n\n| setting | default | meaning |\n|---|---|---|\n", comments[object.Name()])
	for f := range object.Fields() {
		meaning := comments[object.Name()+"."+f.Name]
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", strings.TrimPrefix(path+"."+f.Tag.Get("json"), "."), normal(f), strings.ReplaceAll(meaning, "|", `\|`))
	}
	for f := range object.Fields() {
		inner := nested(f.Type)
		if inner == nil {
			continue
		}
		at := strings.TrimPrefix(path+"."+f.Tag.Get("json"), ".")
		if f.Type.Kind() == reflect.Slice {
			at += "[]"
		}
		section(b, comments, inner, at)
	}
}

// normal is the value of a setting that is left out.
func normal(f reflect.StructField) string {
	value, computed := f.Tag.Get("default"), f.Tag.Get("unset")
	switch {
	case value != "":
		return "`" + value + "`"
	case computed != "":
		return computed
	case nested(f.Type) != nil:
		return "see below"
	case f.Type.Kind() == reflect.Bool:
		return "`false`"
	}
	return "none"
}

// documentation is the text of the comments of all types and fields of the configuration.
func documentation() map[string]string {
	comments := map[string]string{}
	for _, name := range []string{"config.go", "deployment.go"} {
		source, _ := sources.ReadFile(name)
		file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.ParseComments)
		if err != nil {
			panic(err)
		}
		for _, declaration := range file.Decls {
			if general, ok := declaration.(*ast.GenDecl); ok && general.Tok == token.TYPE {
				document(comments, general)
			}
		}
	}
	return comments
}

// document adds the comments of one type and its fields.
func document(comments map[string]string, declaration *ast.GenDecl) {
	spec := declaration.Specs[0].(*ast.TypeSpec)
	comments[spec.Name.Name] = sentence(declaration.Doc.Text(), spec.Name.Name)
	for _, field := range spec.Type.(*ast.StructType).Fields.List {
		name := field.Names[0].Name
		comments[spec.Name.Name+"."+name] = sentence(field.Doc.Text(), name)
	}
}

// sentence turns a Go comment, which begins with a Go name, into a sentence about the setting next
// to it: "Zones is the number …" into "The number …".
func sentence(comment, name string) string {
	text := strings.Join(strings.Fields(comment), " ")
	text = strings.TrimPrefix(text, name+" ")
	text = strings.TrimPrefix(strings.TrimPrefix(text, "is "), "are ")
	return strings.ToUpper(text[:1]) + text[1:]
}
