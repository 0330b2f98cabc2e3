import { CfnCondition, Fn, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';

const consoles = {
  'aws-cn': 'console.amazonaws.cn',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
  'aws-eusc': 'console.amazonaws-eusc.eu',
};

/** The address of a page of the AWS Management Console, in the partition where the stack is deployed. */
export function consoleUrl(scope: Construct, ...path: string[]): string {
  const stack = Stack.of(scope);
  let host = 'console.aws.amazon.com';
  for (const [partition, other] of Object.entries(consoles)) {
    const condition = new CfnCondition(stack, `Is${partition.replaceAll('-', '').toUpperCase()}`, {
      expression: Fn.conditionEquals(stack.partition, partition),
    });
    host = Fn.conditionIf(condition.logicalId, other, host).toString();
  }
  return Fn.join('', ['https://', stack.region, '.', host, ...path]);
}
