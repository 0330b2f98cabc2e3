import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as codebuild from 'aws-cdk-lib/aws-codebuild';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as assets from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';

/** The release program, and what it takes to run it in a build. */
export class Program {
  readonly variables: Record<string, string>;
  private readonly asset: assets.Asset;
  private readonly checksum: string;

  constructor(scope: Construct, dir: string) {
    this.asset = new assets.Asset(scope, 'ReleaseProgram', { path: dir });
    this.variables = { PROGRAM_BUCKET: this.asset.s3BucketName, PROGRAM_KEY: this.asset.s3ObjectKey };
    const list = fs.readdirSync(dir).sort()
      .map((name) => `${sha256(fs.readFileSync(path.join(dir, name)))}  ./${name}\n`);
    this.checksum = sha256(list.join(''));
  }

  read(): iam.PolicyStatement {
    const { bucket, s3ObjectKey } = this.asset;
    return new iam.PolicyStatement({
      sid: 'ReadProgram', actions: ['s3:GetObject'], resources: [bucket.arnForObjects(s3ObjectKey)],
    });
  }

  /** Runs commands where the program lies, which has to be this one byte for byte. */
  buildSpec(commands: string[], env: object = {}, more: object = {}): codebuild.BuildSpec {
    return codebuild.BuildSpec.fromObject({
      ...more,
      env: { ...env, shell: 'bash' },
      phases: {
        build: {
          commands: [
            'cd "$(mktemp -d)"',
            'aws s3api get-object --bucket "$PROGRAM_BUCKET" --key "$PROGRAM_KEY"'
              + ' --expected-bucket-owner "$(cut -d: -f5 <<<"$CODEBUILD_BUILD_ARN")" release.zip',
            'unzip -q release.zip -d program',
            'cd program',
            `test "$(find . -type f | LC_ALL=C sort | xargs sha256sum | sha256sum)" = "${this.checksum}  -" || `
              + '{ echo "the release program in $PROGRAM_BUCKET is not the one that the template was made with;'
              + ' deploy the stack again"; false; }',
            ...commands,
          ],
          'on-failure': 'ABORT',
        },
        install: { 'runtime-versions': { nodejs: 22 } },
      },
      version: '0.2',
    });
  }
}

export function variables(values: Record<string, string>): Record<string, codebuild.BuildEnvironmentVariable> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value }]));
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}
