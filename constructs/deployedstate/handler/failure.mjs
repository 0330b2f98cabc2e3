// Failures as the reader of a stack event needs them: which call, on what, what the service said,
// and the smallest thing that cures it.

const ACTIONS = {
  DescribeStacks: "cloudformation:DescribeStacks",
  DescribeApplicationVersions: "elasticbeanstalk:DescribeApplicationVersions",
  DeleteApplicationVersion: "elasticbeanstalk:DeleteApplicationVersion",
  DescribeEnvironments: "elasticbeanstalk:DescribeEnvironments",
  ListPlatformVersions: "elasticbeanstalk:ListPlatformVersions",
  CreateStorageLocation:
    "elasticbeanstalk:CreateStorageLocation and, on the elasticbeanstalk-* bucket, s3:CreateBucket",
  CreateApplicationVersion:
    "elasticbeanstalk:CreateApplicationVersion and, on the bundle, s3:GetObject",
  PutObject: "s3:PutObject",
  DescribeLoadBalancers: "elasticloadbalancing:DescribeLoadBalancers",
  DescribeTargetGroups: "elasticloadbalancing:DescribeTargetGroups",
};

const CURES = [
  [
    /throttl|rate exceeded|too ?many ?requests|slow ?down/i,
    () => "AWS limits the calls of this account; wait a few minutes and deploy again",
  ],
  [
    /access ?denied|not authorized|insufficient ?privileges|forbidden/i,
    (call) =>
      `let the role of the function do ${ACTIONS[call]}, look for a service control policy or ` +
      "permissions boundary that forbids it, and deploy again",
  ],
  [
    /too ?many ?application ?versions/i,
    () => "delete application versions that no environment runs and deploy again",
  ],
  [/too ?many ?buckets/i, () => "delete an unused S3 bucket or raise the quota, and deploy again"],
  [/no application named/i, () => "create the application first and deploy again"],
];

const ANYTHING_ELSE = "deploy again; if that does not help, read the log of the function";

// A limit of ours: CloudFormation refuses an answer of more than 4096 bytes, and shows less.
const LONGEST_REASON = 1_000;
const LONGEST_MESSAGE = 400;
const LONGEST_CURE = 600;

export class Failure extends Error {
  constructor(message, cure, cause) {
    super(message, { cause });
    this.name = "Failure";
    this.cure = cure;
  }
}

// Makes one call of aws and turns what goes wrong into a Failure.
export async function attempt(aws, call, target, input) {
  try {
    return await aws[call](input);
  } catch (error) {
    const said = `${error.name}: ${clip(error.message, LONGEST_MESSAGE)}`;
    const known = CURES.find(([pattern]) => pattern.test(`${error.name} ${error.message}`));
    const cure = known ? known[1](call) : ANYTHING_ELSE;
    throw new Failure(`${call} on ${clip(target, 200)} failed with ${said}`, cure, error);
  }
}

export function reasonFor(error, logStream) {
  const cure = clip(error.cure ?? ANYTHING_ELSE, LONGEST_CURE);
  const hint = `. To fix it: ${cure}. Log stream: ${logStream}`;
  return clip(error.message, LONGEST_REASON - hint.length) + hint;
}

// Printable ASCII has as many bytes as characters, so that a limit on one is a limit on the other.
function clip(text, length) {
  const plain = String(text).replace(/\s+/g, " ").replace(/[^ -~]/g, "?");
  return plain.length > length ? `${plain.slice(0, length - 3)}...` : plain;
}
