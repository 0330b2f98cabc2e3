package constructs

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscodecommit"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3assets"
	"github.com/aws/aws-cdk-go/awscdk/v2/customresources"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/limits"
)

// RepositoryProps configures a [Repository].
type RepositoryProps struct {
	// Name is the name of the repository, unique in the account and region. Required.
	Name string

	// Source is the directory that the first commit is made of. It needs a buildspec.yml. Files
	// that its .gitignore names stay out; none of the others may be empty. Required.
	Source string

	// Branch is the branch of the first commit. Default: main.
	Branch string

	// GitUser adds an IAM user for Git over SSH. CloudTrail cannot tell the people apart who share its key.
	// Default: false, for git-remote-codecommit signs requests with the credentials of each person.
	GitUser bool

	// SSHPublicKey is an RSA public key for that user, so it needs GitUser. Default: none is uploaded.
	SSHPublicKey string

	// EncryptionKey encrypts the log of what uploads SSHPublicKey. Its policy has to be that of [KeyPolicy]. The
	// repository itself stays with the key that AWS manages for CodeCommit. Default: the key of CloudWatch Logs.
	EncryptionKey awskms.IKey

	// Disposable is the reason why the repository may be deleted with its stack, in two words or more.
	// It is shown at every synth. Default: none, it is retained.
	Disposable string
}

// Validate reports every problem of the props.
func (p RepositoryProps) Validate() error {
	p = p.withDefaults()
	problems := []error{
		named("Name", limits.RepositoryName(p.Name)),
		named("Branch", limits.Branch(p.Branch)),
		named("Disposable", limits.Reason(p.Disposable, "the repository may be deleted")),
	}
	if _, err := os.Stat(filepath.Join(p.Source, "buildspec.yml")); err != nil {
		problems = append(problems, fmt.Errorf("Source: %s has no buildspec.yml; run from the root of the repository, or name the directory of the application", limits.Quote(p.Source)))
	}
	problems = append(problems, named("Source", filled(p.Source)))
	if p.SSHPublicKey != "" {
		problems = append(problems, named("SSHPublicKey", limits.SSHPublicKey(p.SSHPublicKey)))
	}
	if p.SSHPublicKey != "" && !p.GitUser {
		problems = append(problems, errors.New("SSHPublicKey: there is no Git user to give the key to; set GitUser to true or remove the key"))
	}
	return errors.Join(problems...)
}

func (p RepositoryProps) withDefaults() RepositoryProps {
	p.Branch = cmp.Or(p.Branch, "main")
	return p
}

// Repository is a CodeCommit repository with a first commit in it.
type Repository struct {
	// Repository is the repository.
	Repository awscodecommit.Repository
	// Branch is the branch of the first commit.
	Branch string
	// GitUser may pull and push, and nothing else. Nil where the props do not ask for one.
	GitUser awsiam.User
	// SSHKeyID is the user name of Git over SSH. Nil where no key was given.
	SSHKeyID *string
}

// NewRepository defines a Repository in scope. It panics if props are invalid.
func NewRepository(scope constructs.Construct, id string, props RepositoryProps) *Repository {
	mustBeValid(scope, id, props)
	props = props.withDefaults()
	self := constructs.NewConstruct(scope, &id)

	warnOfDisposal(self, "the Git repository is deleted with its stack", props.Disposable)
	removal := removalOf(props.Disposable)
	// CloudFormation looks at the code only when it creates the repository: what is pushed later is
	// safe from changes of Source.
	source := awss3assets.NewAsset(self, new("Source"), &awss3assets.AssetProps{
		Path:       &props.Source,
		Exclude:    ignored(props.Source),
		IgnoreMode: awscdk.IgnoreMode_GIT,
	})
	repository := awscodecommit.NewRepository(self, new("Repository"), &awscodecommit.RepositoryProps{
		RepositoryName: &props.Name,
		Code:           awscodecommit.Code_FromAsset(source, &props.Branch),
	})
	repository.ApplyRemovalPolicy(removal)

	made := &Repository{Repository: repository, Branch: props.Branch}
	if props.GitUser {
		made.GitUser = awsiam.NewUser(self, new("GitUser"), nil)
		repository.GrantPullPush(made.GitUser)
	}
	if props.SSHPublicKey != "" {
		made.SSHKeyID = uploadSSHKey(self, made.GitUser, props)
	}
	return made
}

// uploadSSHKey gives the user its key, for which CloudFormation has no resource type. A new key
// gets a new ID, so CloudFormation removes the old one after the new one is there.
func uploadSSHKey(self constructs.Construct, user awsiam.User, props RepositoryProps) *string {
	const idPath = "SSHPublicKey.SSHPublicKeyId"
	upload := &customresources.AwsSdkCall{
		Service:            new("IAM"),
		Action:             new("UploadSSHPublicKey"),
		Parameters:         map[string]any{"UserName": user.UserName(), "SSHPublicKeyBody": props.SSHPublicKey},
		PhysicalResourceId: customresources.PhysicalResourceId_FromResponse(new(idPath)),
	}
	resource := customresources.NewAwsCustomResource(self, new("SSHKey"), &customresources.AwsCustomResourceProps{
		OnCreate: upload,
		OnUpdate: upload,
		OnDelete: &customresources.AwsSdkCall{
			Service: new("IAM"),
			Action:  new("DeleteSSHPublicKey"),
			Parameters: map[string]any{
				"UserName":       user.UserName(),
				"SSHPublicKeyId": customresources.NewPhysicalResourceIdReference(),
			},
			// A key that somebody removed by hand must not keep the stack from being deleted, nor one
			// that was never uploaded: its ID is then none that IAM takes for one.
			IgnoreErrorCodesMatching: new("NoSuchEntity|ValidationError"),
		},
		Policy: customresources.AwsCustomResourcePolicy_FromStatements(&[]awsiam.PolicyStatement{
			awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
				Actions:   jsii.Strings("iam:UploadSSHPublicKey", "iam:DeleteSSHPublicKey"),
				Resources: &[]*string{user.UserArn()},
			}),
		}),
		InstallLatestAwsSdk: new(false),
		ResourceType:        new("Custom::SSHPublicKey"),
		Timeout:             awscdk.Duration_Minutes(jsii.Number(2)),
		LogGroup:            newLogGroup(self, "SSHKeyLogs", logSettings{30, props.Disposable, props.EncryptionKey}),
	})
	return resource.GetResponseField(new(idPath))
}

// filled refuses empty files in the first commit, with which CloudFormation cannot create a
// CodeCommit repository: "Code supplied is not a valid .zip archive" (aws-cdk, issue 19012).
func filled(source string) error {
	empty, err := emptyFiles(source)
	if err != nil || len(empty) == 0 {
		return err
	}
	const most = 3
	shown, rest := empty[:min(most, len(empty))], ""
	if n := len(empty) - most; n > 0 {
		rest = fmt.Sprintf(" and %d more", n)
	}
	return fmt.Errorf("CodeCommit refuses empty files in the first commit, got %s%s; write a line into each, or name them in .gitignore",
		strings.Join(shown, ", "), rest)
}

// emptyFiles are the empty files below dir that CDK would upload, in the order of their names.
func emptyFiles(dir string) ([]string, error) {
	root, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	var empty []string
	var strategy awscdk.IgnoreStrategy // starts Node.js, so only for a file that it has to judge
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case path == root && errors.Is(err, fs.ErrNotExist):
			return nil // reported already
		case err != nil:
			return err
		case entry.IsDir() && entry.Name() == ".git":
			return fs.SkipDir
		}
		// CDK follows links that lead out of the directory.
		if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() || info.Size() > 0 {
			return nil
		}
		if strategy == nil {
			strategy = awscdk.IgnoreStrategy_Git(&root, ignored(dir))
		}
		if !*strategy.Ignores(&path) {
			name, _ := filepath.Rel(root, path)
			empty = append(empty, limits.Quote(filepath.ToSlash(name)))
		}
		return nil
	})
	return empty, err
}

// ignored is what Git would not commit, so that a build lying about is not seeded.
func ignored(dir string) *[]*string {
	patterns := []*string{new(".git")}
	text, err := os.ReadFile(filepath.Join(dir, ".gitignore"))
	if err != nil {
		return &patterns
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			patterns = append(patterns, &line)
		}
	}
	return &patterns
}
