// Keeps a template from taking the standby away while the standby is live: CloudFormation would
// delete the environment that has the users. It asks here before it deletes anything.
import { LOOKS, addresses, isReady, liveOne, watch } from "./environments.mjs";
import { Failure } from "./failure.mjs";

export async function keepLiveStandby({ takenAway, waitMs }, tools) {
  if (!takenAway) {
    return;
  }
  const { application, names } = takenAway;
  let doubts = 0;
  const [first, standby] = await watch({ application, names, waitMs }, tools, (found, looks) => {
    const [first, standby] = found;
    if (!standby) {
      return Boolean(first) || looks >= LOOKS;
    }
    if (isNew(first, standby)) {
      return true;
    }
    // The CNAMEs could make no sense for a moment, right after a swap.
    return found.filter(Boolean).every(isReady) && (liveOne(first, standby) || ++doubts >= LOOKS);
  });
  if (standby && !isNew(first, standby)) {
    mustBeIdle(first, standby, names);
  }
}

// Only environments that are Ready can be swapped, so one that is launched has no users, unless it
// is rebuilt while it is live. This lets the rollback of an update through that was to add the
// standby: for CloudFormation that is an update which takes it away, too.
function isNew(first, standby) {
  return standby.Status === "Launching" && liveOne(first, standby) !== standby;
}

function mustBeIdle(first, standby, names) {
  const [firstName, standbyName] = names;
  if (!isReady(standby)) {
    throw new Failure(
      `the template takes away the environment ${standbyName}, which is ${standby.Status}: a ` +
        `swap may be under way that makes it live; nothing was changed`,
      `wait until ${standbyName} is Ready and deploy again`,
    );
  }
  const live = liveOne(first, standby);
  if (!live) {
    const seen = first ? addresses([first, standby]) : `there is no ${firstName}`;
    throw new Failure(
      `the template takes away the environment ${standbyName}, and it cannot be told whether ` +
        `that one is live: ${seen}; nothing was changed`,
      `if nobody needs it, terminate it (aws elasticbeanstalk terminate-environment ` +
        `--environment-name ${standbyName}) and deploy again`,
    );
  }
  if (live === standby) {
    const { VersionLabel: now } = standby;
    const { VersionLabel: then } = first;
    throw new Failure(
      `the template takes away the environment ${standbyName}, which is live with version ` +
        `${now}, while ${firstName} is idle with version ${then}; nothing was changed`,
      `release the wanted version once more, as a new commit, which makes ${firstName} live; or, ` +
        `if ${then} is good, run: aws elasticbeanstalk swap-environment-cnames ` +
        `--source-environment-name ${firstName} --destination-environment-name ${standbyName}; ` +
        `then deploy again`,
    );
  }
}
