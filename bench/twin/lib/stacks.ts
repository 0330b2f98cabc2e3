import * as path from 'node:path';
import { App, CfnOutput, Stack, Tags } from 'aws-cdk-lib';
import { Alarms } from './alarms';
import { consoleUrl } from './console';
import { Dashboard } from './dashboard';
import { Database } from './database';
import { Pipeline, Repository, Target } from './delivery';
import { Environment } from './environment';
import { Network } from './network';

/** Defines the stacks of `environments` and of the pipeline, from what lies in `repository`. */
export function define(app: App, service: string, environments: string[], repository: string) {
  const targets: Target[] = environments.map((name) => {
    const full = `${service}-${name}`;

    const networkStack = newStack(app, `${full}-network`, 'VPC, subnets and routes', service, name);
    const network = new Network(networkStack, 'Network');

    const dataStack = newStack(app, `${full}-data`, 'PostgreSQL database and its password', service, name);
    const database = new Database(dataStack, 'Database', network);
    output(dataStack, 'DatabaseEndpoint', database.instance.dbInstanceEndpointAddress, 'Host name of the database, reachable from the VPC only');
    output(dataStack, 'DatabaseSecretArn', database.password.secretArn, 'Secret with the password of the database');

    const webStack = newStack(app, `${full}-web`, 'Elastic Beanstalk environment', service, name);
    const environment = new Environment(webStack, 'Web', {
      name: full, network, database, handler: path.join(repository, 'constructs', 'deployedstate', 'handler'),
    });
    output(webStack, 'EnvironmentUrl', environment.endpointUrl, 'Address of the application');
    const alarms = new Alarms(webStack, 'Alarms', { environment, database });
    const dashboard = new Dashboard(webStack, 'Dashboard', alarms);
    output(webStack, 'DashboardUrl', dashboard.url, 'What to look at when something is wrong');
    return { name, environment, alarms };
  });

  const stack = newStack(app, `${service}-delivery`, 'repository, image registry and pipeline', service);
  const git = new Repository(stack, 'Repository', { name: service, source: path.join(repository, 'starter') });
  const pipeline = new Pipeline(stack, 'Pipeline', {
    repository: git, targets, program: path.join(repository, 'constructs', 'release', 'program'),
  });
  output(stack, 'RepositoryCloneUrlSsh', git.repository.repositoryCloneUrlSsh, 'Clone with an SSH key');
  output(stack, 'RepositoryCloneUrlGrc', git.repository.repositoryCloneUrlGrc, 'Clone with git-remote-codecommit');
  output(stack, 'GitUserName', git.gitUser.userName, 'IAM user for Git over SSH');
  output(stack, 'ImageRepositoryUri', pipeline.images.repositoryUri, 'Registry of the images');
  const url = consoleUrl(stack, '/codesuite/codepipeline/pipelines/', pipeline.pipeline.pipelineName, '/view');
  output(stack, 'PipelineUrl', url, 'Where to watch a release');
}

function newStack(app: App, name: string, description: string, service: string, environment?: string): Stack {
  const stack = new Stack(app, name, { description: `${name}: ${description}` });
  Tags.of(stack).add('service', service);
  if (environment) Tags.of(stack).add('environment', environment);
  return stack;
}

function output(stack: Stack, name: string, value: string, description: string) {
  new CfnOutput(stack, name, { value, description });
}
