import * as path from 'node:path';
import { App, CfnOutput, CfnParameter, CfnRule, Fn, Stack, Tags } from 'aws-cdk-lib';
import { Alarms } from './alarms';
import { consoleUrl } from './console';
import { Dashboard } from './dashboard';
import { Database } from './database';
import { Pipeline, Repository, Target } from './delivery';
import { Environment } from './environment';
import { Network } from './network';

/** Up to how many environments people read the templates. */
const readable = 8;

const cidr = '10.0.0.0/16';
const databaseName = 'app';

/** Defines the stacks of `environments` and of the pipeline, from what lies in `repository`. */
export function define(app: App, service: string, environments: string[], repository: string) {
  const newStack = (name: string, description: string, environment?: string): Stack => {
    const stack = new Stack(app, name, {
      description: `${name}: ${description}`,
      suppressTemplateIndentation: environments.length > readable,
    });
    Tags.of(stack).add('service', service);
    if (environment) Tags.of(stack).add('environment', environment);
    return stack;
  };

  const targets: Target[] = environments.map((name) => {
    const full = `${service}-${name}`;

    const networkStack = newStack(`${full}-network`, 'VPC, subnets and routes', name);
    const network = new Network(networkStack, 'Network', cidr);
    fix(networkStack, 'CIDR', 'network.cidr', cidr, 'the network');

    const dataStack = newStack(`${full}-data`, 'PostgreSQL database and its password', name);
    const database = new Database(dataStack, 'Database', network, databaseName);
    fix(dataStack, 'KmsKey', 'kmsKeyArn', 'none', 'the database by an empty one');
    fix(dataStack, 'DatabaseName', 'database.name', databaseName, 'the database by an empty one');
    output(dataStack, 'DatabaseEndpoint', database.instance.dbInstanceEndpointAddress,
      'Host name of the database, reachable from the VPC only');
    output(dataStack, 'DatabaseSecretArn', database.password.secretArn,
      "Secret with the password of the database's master user");
    output(dataStack, 'DatabaseApplicationSecretArn', database.applicationPassword.secretArn,
      'Secret with the password of the user that the application serves as');

    const webStack = newStack(`${full}-web`, 'Elastic Beanstalk environment', name);
    const environment = new Environment(webStack, 'Web', {
      name: full,
      network,
      database,
      handler: path.join(repository, 'constructs', 'deployedstate', 'handler'),
      siblings: environments.filter((other) => other !== name).map((other) => `${service}-${other}`).sort(),
    });
    output(webStack, 'EnvironmentUrl', environment.endpointUrl, 'Address of the application');
    const alarms = new Alarms(webStack, 'Alarms', { environment, database });
    const dashboard = new Dashboard(webStack, 'Dashboard', alarms);
    output(webStack, 'DashboardUrl', dashboard.url, 'What to look at when something is wrong');
    return { name, environment, alarms };
  });

  const stack = newStack(`${service}-delivery`, 'repository, image registry and pipeline');
  const git = new Repository(stack, 'Repository', { name: service, source: path.join(repository, 'starter') });
  const pipeline = new Pipeline(stack, 'Pipeline', {
    repository: git, targets, program: path.join(repository, 'constructs', 'release', 'program'),
  });
  fix(stack, 'KmsKey', 'kmsKeyArn', 'none', 'the image registry by an empty one');
  output(stack, 'RepositoryCloneUrlGrc', git.repository.repositoryCloneUrlGrc, 'Clone with git-remote-codecommit');
  output(stack, 'ImageRepositoryUri', pipeline.images.repositoryUri, 'Registry of the images');
  output(stack, 'DevelopersPolicyArn', pipeline.developers.managedPolicyArn, 'Policy of the people who push code');
  const url = consoleUrl(stack, '/codesuite/codepipeline/pipelines/', pipeline.pipeline.pipelineName, '/view');
  output(stack, 'PipelineUrl', url, 'Where to watch a release');
}

function output(stack: Stack, name: string, value: string, description: string) {
  new CfnOutput(stack, name, { value, description });
}

/** Makes CloudFormation refuse another value of a setting than that of the first deployment. */
function fix(stack: Stack, name: string, setting: string, value: string, replaced: string) {
  const id = `CreatedWith${name}`;
  const created = new CfnParameter(stack, id, {
    default: value,
    description: `The ${setting} of the first deployment; leave it as it is`,
  });
  new CfnRule(stack, `${name}Stays`, {
    assertions: [{
      assert: Fn.conditionEquals(created.valueAsString, value),
      assertDescription: `${setting}: another one than at the first deployment would replace ${replaced}; `
        + `restore the value of the parameter ${id}`,
    }],
  });
}
