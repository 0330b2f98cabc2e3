import { Stack } from 'aws-cdk-lib';
import { CfnRole } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

/** The services that may assume a role only for a resource of the role's account. */
const deputies = ['codebuild', 'codepipeline', 'ecs-tasks', 'events', 'vpc-flow-logs']
  .map((name) => `${name}.amazonaws.com`);

/** Adds the account to the trust policy of every role in scope that a deputy assumes. */
export function trustOwnAccount(scope: Construct) {
  const stack = Stack.of(scope);
  for (const role of scope.node.findAll().filter((child) => child instanceof CfnRole)) {
    const statements: { Principal: { Service?: string } }[] = stack.resolve(role.assumeRolePolicyDocument).Statement;
    statements.forEach(({ Principal: { Service } }, i) => {
      if (!Service || !deputies.includes(Service)) return;
      role.addPropertyOverride(`AssumeRolePolicyDocument.Statement.${i}.Condition`, {
        StringEqualsIfExists: { 'aws:SourceAccount': stack.account },
      });
    });
  }
}
