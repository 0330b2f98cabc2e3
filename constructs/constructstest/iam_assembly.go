package constructstest

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Account and Region are where templates that name none are deployed in a test.
const (
	Account = "111122223333"
	Region  = "eu-west-1"
)

// awsManaged stands for every policy that AWS keeps: what it allows can grow at any time, so all that
// a role may not do has to be denied by a policy of the templates.
var awsManaged = PolicyStatement{Sid: "AWS", Actions: []string{"*"}, Resources: []string{"*"}}

// Role is an IAM role with what every stack attached to it.
type Role struct {
	ARN string
	// Services may assume the role.
	Services []string
	// Trust are the statements of the trust policy.
	Trust Policies
	// Policies are those of all kinds, in the templates and of AWS.
	Policies Policies
	// Inline are the sizes of the inline policies together, and Managed those of each managed policy
	// of the templates, in characters without white space: that is what IAM counts.
	Inline  int
	Managed []int
	// AWSManaged is how many policies of AWS the role has.
	AWSManaged int
}

// Allows is [Policies.Allows]; it fails the test where that cannot be evaluated.
func (r Role) Allows(tb testing.TB, action, resource string, context Context) bool {
	tb.Helper()
	allowed, err := r.Policies.Allows(action, resource, context)
	if err != nil {
		tb.Fatalf("%s: %v", r.ARN, err)
	}
	return allowed
}

// Role returns the role of a stack whose logical ID is name and a hash of CDK's.
func (a Assembly) Role(tb testing.TB, stack, name string) Role {
	tb.Helper()
	pattern := regexp.MustCompile("^" + name + "[0-9A-F]{8}$")
	for id := range a.Stacks[stack].Of("AWS::IAM::Role") {
		if pattern.MatchString(id) {
			return a.role(tb, place{a, stack}, id)
		}
	}
	tb.Fatalf("there is no role %s in a stack %s", name, stack)
	return Role{}
}

// Name is how a resource of a stack is called where only AWS knows its name: the same in every stack that
// reads it. It fails the test unless the stack has one of that type that begins with prefix.
func (a Assembly) Name(tb testing.TB, stack, kind, prefix string) string {
	tb.Helper()
	a.Stacks[stack].Only(tb, kind, prefix)
	for id := range a.Stacks[stack].Of(kind) {
		if strings.HasPrefix(id, prefix) {
			return place{a, stack}.name(id)
		}
	}
	return ""
}

// Roles are all roles of the assembly, by "STACK.LogicalID".
func (a Assembly) Roles(tb testing.TB) map[string]Role {
	tb.Helper()
	all := map[string]Role{}
	for stack, template := range a.Stacks {
		for id := range template.Of("AWS::IAM::Role") {
			all[stack+"."+id] = a.role(tb, place{a, stack}, id)
		}
	}
	return all
}

// Policies are the statements of a policy document of a stack.
func (a Assembly) Policies(tb testing.TB, stack string, document any) Policies {
	tb.Helper()
	return place{a, stack}.statements(tb, document)
}

func (a Assembly) role(tb testing.TB, here place, id string) Role {
	tb.Helper()
	name := here.name(id)
	resource := a.Stacks[here.stack].Resources[id]
	if resource.At("PermissionsBoundary") != nil {
		tb.Fatalf("%s has a permissions boundary, which is not evaluated", name)
	}
	role := Role{ARN: here.arn(id), Trust: here.statements(tb, resource.At("AssumeRolePolicyDocument"))}
	for _, s := range list(resource.At("AssumeRolePolicyDocument.Statement")) {
		for _, service := range list(At(s, "Principal.Service")) {
			role.Services = append(role.Services, here.text(tb, service))
		}
	}
	for _, policy := range list(resource.At("Policies")) {
		role.add(tb, here, At(policy, "PolicyDocument"), false)
	}
	for _, arn := range list(resource.At("ManagedPolicyArns")) {
		switch text := here.text(tb, arn); {
		case strings.Contains(text, ":iam::aws:policy/"):
			role.Policies = append(role.Policies, awsManaged)
			role.AWSManaged++
		default:
			tb.Fatalf("%s has the policy %s, which is not evaluated", name, text)
		}
	}
	for _, stack := range slices.Sorted(maps.Keys(a.Stacks)) {
		there := place{a, stack}
		for kind, managed := range map[string]bool{"AWS::IAM::Policy": false, "AWS::IAM::ManagedPolicy": true} {
			policies := a.Stacks[stack].Of(kind)
			for _, policy := range slices.Sorted(maps.Keys(policies)) {
				for _, attached := range list(policies[policy].At("Roles")) {
					if there.text(tb, attached) == name {
						role.add(tb, there, policies[policy].At("PolicyDocument"), managed)
					}
				}
			}
		}
	}
	return role
}

func (r *Role) add(tb testing.TB, here place, document any, managed bool) {
	tb.Helper()
	r.Policies = append(r.Policies, here.statements(tb, document)...)
	text, err := json.Marshal(here.resolved(tb, document))
	if err != nil {
		tb.Fatal(err)
	}
	if managed {
		r.Managed = append(r.Managed, len(text))
		return
	}
	r.Inline += len(text)
}

// place is the stack whose values are resolved.
type place struct {
	assembly Assembly
	stack    string
}

// name is what an IAM role without a name of its own is called here.
func (p place) name(id string) string { return p.stack + "-" + id }

func (p place) arn(id string) string { return "arn:aws:iam::" + Account + ":role/" + p.name(id) }

func (p place) statements(tb testing.TB, document any) Policies {
	tb.Helper()
	var all Policies
	for _, s := range list(At(document, "Statement")) {
		texts := func(element string) (all []string) {
			for _, one := range list(At(s, element)) {
				all = append(all, p.text(tb, one))
			}
			return all
		}
		statement := PolicyStatement{
			Deny: At(s, "Effect") == "Deny", Actions: texts("Action"), NotActions: texts("NotAction"),
			Resources: texts("Resource"), NotResource: texts("NotResource"), Conditions: map[string]map[string][]string{},
		}
		statement.Sid, _ = At(s, "Sid").(string)
		operators, _ := At(s, "Condition").(map[string]any)
		for operator, keys := range operators {
			statement.Conditions[operator] = map[string][]string{}
			for key, values := range keys.(map[string]any) {
				for _, one := range list(values) {
					statement.Conditions[operator][key] = append(statement.Conditions[operator][key], p.text(tb, one))
				}
			}
		}
		all = append(all, statement)
	}
	return all
}

// resolved is value with every reference replaced.
func (p place) resolved(tb testing.TB, value any) any {
	tb.Helper()
	switch v := value.(type) {
	case map[string]any:
		if isFunction(v) {
			return p.text(tb, v)
		}
		all := map[string]any{}
		for key, one := range v {
			all[key] = p.resolved(tb, one)
		}
		return all
	case []any:
		all := make([]any, len(v))
		for i, one := range v {
			all[i] = p.resolved(tb, one)
		}
		return all
	}
	return value
}

func isFunction(v map[string]any) bool {
	for key := range v {
		return len(v) == 1 && (key == "Ref" || strings.HasPrefix(key, "Fn::"))
	}
	return false
}

// text resolves what IAM takes for a text. What only AWS knows gets a name that differs from all
// others, and is the same wherever it is read.
func (p place) text(tb testing.TB, value any) string {
	tb.Helper()
	switch v := value.(type) {
	case string:
		return v
	case bool, float64:
		return fmt.Sprint(v)
	case map[string]any:
		if len(v) == 1 {
			for function, argument := range v {
				return p.function(tb, function, argument)
			}
		}
	}
	tb.Fatalf("%s: %v is not a text", p.stack, value)
	return ""
}

func (p place) function(tb testing.TB, name string, argument any) string {
	tb.Helper()
	switch name {
	case "Ref":
		return p.ref(tb, argument.(string))
	case "Fn::GetAtt":
		pair := list(argument)
		id, attribute := pair[0].(string), pair[1].(string)
		switch kind := p.assembly.Stacks[p.stack].Resources[id].Type; {
		case kind == "AWS::IAM::Role" && attribute == "Arn":
			return p.arn(id)
		case kind == "AWS::S3::Bucket" && attribute == "Arn":
			return "arn:aws:s3:::" + p.name(id)
		}
		return p.name(id) + "." + attribute
	case "Fn::Join":
		separator, parts := list(argument)[0].(string), []string{}
		for _, part := range list(list(argument)[1]) {
			parts = append(parts, p.text(tb, part))
		}
		return strings.Join(parts, separator)
	case "Fn::Sub":
		text := argument.(string)
		for _, pseudo := range []string{"AWS::AccountId", "AWS::Partition", "AWS::Region"} {
			text = strings.ReplaceAll(text, "${"+pseudo+"}", p.ref(tb, pseudo))
		}
		if strings.Contains(text, "${") {
			tb.Fatalf("%s: %s is not resolved", p.stack, text)
		}
		return text
	case "Fn::GetStackOutput":
		stack, _ := At(argument, "StackName").(string)
		output, found := p.assembly.Stacks[stack].Outputs[fmt.Sprint(At(argument, "OutputName"))]
		if !found {
			tb.Fatalf("%s: there is no output %v", p.stack, argument)
		}
		return place{p.assembly, stack}.text(tb, output["Value"])
	}
	tb.Fatalf("%s: %s is not resolved", p.stack, name)
	return ""
}

func (p place) ref(tb testing.TB, id string) string {
	tb.Helper()
	switch id {
	case "AWS::Partition":
		return "aws"
	case "AWS::Region":
		return Region
	case "AWS::AccountId":
		return Account
	case "AWS::StackId":
		return "arn:aws:cloudformation:" + Region + ":" + Account + ":stack/" + p.stack
	}
	if _, found := p.assembly.Stacks[p.stack].Resources[id]; !found {
		tb.Fatalf("%s: there is no resource %s", p.stack, id)
	}
	return p.name(id)
}

// list returns the values of a list, or a single value as a list: IAM takes both forms.
func list(value any) []any {
	switch v := value.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{value}
}
