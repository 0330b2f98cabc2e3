package release

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
)

// Variables that [BuildSpec] reads. The program does not.
const (
	// VariableProgramBucket and VariableProgramKey are where the program lies in S3, as a ZIP archive of
	// [Source]. The bucket has to belong to the account of the build.
	VariableProgramBucket = "PROGRAM_BUCKET"
	VariableProgramKey    = "PROGRAM_KEY"

	// VariableCommit is the commit that is released. [CommandBundle] does not need it.
	VariableCommit = "COMMIT"

	// ExportedDigest is the variable with the digest of the image. The build of the repository exports it,
	// and [CommandBundle] does once it has validated it.
	ExportedDigest = "IMAGE_DIGEST"
)

// BundleOutput is the directory in the repository that [CommandBundle] writes the bundle to.
const BundleOutput = "bundle"

// BuildSpec returns the build specification that fetches the program and runs a command of it, outside
// the directory of the input. The program runs only if it comes from the account of the build and is byte
// for byte [Source]: names of buckets can be guessed, and what runs here decides what is deployed. People know
// a version by the beginning of its commit.
func BuildSpec(command string) map[string]any {
	if command != CommandBundle {
		return spec(map[string]any{"shell": "bash"},
			fmt.Sprintf(`%s="${COMMIT:0:7}" %s="$COMMIT" node %s %s`, VariableVersion, VariableExpectedVersion, Entry, command))
	}
	made := spec(map[string]any{"shell": "bash", "exported-variables": []string{ExportedDigest}},
		"node "+Entry+" "+command,
		fmt.Sprintf(`export %s="$(cat digest)"`, ExportedDigest))
	// The directories with a dot are named because AWS's own examples name them beside others. Where they are
	// missing, CodeBuild skips them.
	made["artifacts"] = map[string]any{
		"base-directory": BundleOutput,
		"files":          []string{"**/*", ".ebextensions/**/*", ".platform/**/*"},
	}
	return made
}

func spec(environment map[string]any, commands ...string) map[string]any {
	return map[string]any{
		"version": "0.2",
		"env":     environment,
		"phases": map[string]any{
			"install": map[string]any{"runtime-versions": map[string]any{"nodejs": 22}},
			// By default CodeBuild goes on to the next phase after a failure.
			"build": map[string]any{"on-failure": "ABORT", "commands": append(fetch(), commands...)},
		},
	}
}

// fetch are the commands after which the program lies in the current directory.
func fetch() []string {
	return []string{
		`cd "$(mktemp -d)"`,
		fmt.Sprintf(`aws s3api get-object --bucket "$%s" --key "$%s" --expected-bucket-owner "$(cut -d: -f5 <<<"$CODEBUILD_BUILD_ARN")" release.zip`,
			VariableProgramBucket, VariableProgramKey),
		"unzip -q release.zip -d program",
		"cd program",
		fmt.Sprintf(`test "$(find . -type f | LC_ALL=C sort | xargs sha256sum | sha256sum)" = "%s  -" || `+
			`{ echo "the release program in $%s is not the one that the template was made with; deploy the stack again"; false; }`,
			checksum(), VariableProgramBucket),
	}
}

// checksum is the checksum of the list of all files with their own, as sha256sum prints it.
func checksum() string {
	list := sha256.New()
	// WalkDir goes through a directory in the order of names.
	err := fs.WalkDir(Source(), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(Source(), path)
		fmt.Fprintf(list, "%x  ./%s\n", sha256.Sum256(content), path)
		return err
	})
	if err != nil {
		panic(err) // cannot happen: the files are embedded
	}
	return fmt.Sprintf("%x", list.Sum(nil))
}
