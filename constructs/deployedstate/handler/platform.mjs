// The platform version that a new environment starts on.
import { Failure, attempt } from "./failure.mjs";

export async function recommendedPlatform({ platformBranch, region }, { aws, log }) {
  const equals = (Type, value) => ({ Type, Operator: "=", Values: [value] });
  const target = `platform branch ${platformBranch}`;
  const versions = [];
  let NextToken;
  do {
    const page = await attempt(aws, "ListPlatformVersions", target, {
      Filters: [equals("PlatformBranchName", platformBranch)],
      NextToken,
    });
    versions.push(...(page.PlatformSummaryList ?? []));
    NextToken = page.NextToken;
  } while (NextToken);
  // Not a filter: AWS's pages and its own tools disagree on whether the state is written with a
  // capital, and a filter that does not match would read as "there is none".
  const platform = versions.find(({ PlatformLifecycleState }) =>
    /^recommended$/i.test(PlatformLifecycleState ?? ""),
  );
  if (!platform) {
    throw new Failure(
      `Elastic Beanstalk recommends no version of the platform branch "${platformBranch}" in ` +
        `${region}: the branch is retired, is not offered there, or its name is misspelt`,
      "name a supported branch (aws elasticbeanstalk list-platform-branches) and deploy again",
    );
  }
  log("platform", { PlatformArn: platform.PlatformArn });
  return platform.PlatformArn;
}
