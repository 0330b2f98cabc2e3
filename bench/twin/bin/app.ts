#!/usr/bin/env node
import { App } from 'aws-cdk-lib';
import { define } from '../lib/stacks';

const repository = process.env.REPOSITORY;
if (!repository) throw new Error('REPOSITORY is not set: the directory of the Go app');

// What the Go app leaves out: the version report, and where each construct was created.
const app = new App({
  analyticsReporting: false,
  postCliContext: { 'aws:cdk:disable-creation-stack-traces': true },
});
const environments: { name: string }[] = app.node.getContext('environments');
define(app, app.node.getContext('service'), environments.map(({ name }) => name), repository);
