#!/usr/bin/env bash
# Makes the source bundle for Elastic Beanstalk: bundle/Dockerrun.aws.json, which names one immutable
# image. The image of a commit is tested, built and pushed once; any later run for the same commit, be it
# a retry or another environment, uses the image that is there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

fail() {
  printf 'build.sh: %s\n' "$@" >&2
  exit 1
}

check_variables() {
  local problems=()
  [[ ${IMAGE_REPOSITORY_URI:-} ]] || problems+=(
    "IMAGE_REPOSITORY_URI is not set: the CodeBuild project must give the URI of the ECR repository")
  [[ ${EXECUTION_ROLE_ARN:-} ]] || problems+=(
    "EXECUTION_ROLE_ARN is not set: the pipeline's build action must give the ARN of the environment's task execution role")
  [[ ${CODEBUILD_RESOLVED_SOURCE_VERSION:-} ]] || problems+=(
    "CODEBUILD_RESOLVED_SOURCE_VERSION is not set: CodeBuild sets it to the commit, once the source is known")
  [[ ${AWS_DEFAULT_REGION:-} ]] || problems+=(
    "AWS_DEFAULT_REGION is not set: CodeBuild sets it to the region of the build")
  ((${#problems[@]} == 0)) || fail "${problems[@]}"

  [[ $IMAGE_REPOSITORY_URI =~ ^[0-9]{12}\.dkr[.-]ecr\.[a-z0-9-]+\.[a-z.]+/[a-z0-9._/-]+$ ]] || problems+=(
    "IMAGE_REPOSITORY_URI must be the URI of an ECR repository, without a tag, got $IMAGE_REPOSITORY_URI")
  [[ $EXECUTION_ROLE_ARN =~ ^arn:aws[a-z-]*:iam::[0-9]{12}:role/[^[:space:]]+$ ]] || problems+=(
    "EXECUTION_ROLE_ARN must be the ARN of an IAM role, got $EXECUTION_ROLE_ARN")
  [[ $CODEBUILD_RESOLVED_SOURCE_VERSION =~ ^[0-9a-f]{40}([0-9a-f]{24})?$ ]] || problems+=(
    "CODEBUILD_RESOLVED_SOURCE_VERSION must be a full commit ID, got $CODEBUILD_RESOLVED_SOURCE_VERSION")
  ((${#problems[@]} == 0)) || fail "${problems[@]}"
}

# Only "there is no such image" means no. Anything else, such as a missing permission, ends the build: it
# says nothing about the image, and to go on would hide the cause behind a push that fails.
image_exists() {
  local answer
  if answer=$(aws ecr describe-images --registry-id "${registry%%.*}" --repository-name "$repository" \
    --image-ids "imageTag=$commit" 2>&1); then
    return 0
  fi
  [[ $answer == *"(ImageNotFoundException)"* ]] && return 1
  fail "cannot find out whether $image exists:" "$answer"
}

publish_image() {
  docker build --target test .
  docker build --build-arg "VERSION=${commit:0:7}" --tag "$image" .
  aws ecr get-login-password | docker login --username AWS --password-stdin "$registry"
  if ! docker push "$image"; then
    image_exists || fail "cannot push $image"
    echo "Another build of the same commit has pushed $image meanwhile."
  fi
}

# Replaces whole values only, wherever they stand, and makes sure that nothing is left to replace.
render() {
  jq --arg image "$image" --arg role "$EXECUTION_ROLE_ARN" \
    'walk(if . == "IMAGE" then $image elif . == "EXECUTION_ROLE_ARN" then $role else . end)' \
    Dockerrun.aws.json >"$work/Dockerrun.aws.json"
  jq --exit-status --arg image "$image" --arg role "$EXECUTION_ROLE_ARN" '
    .AWSEBDockerrunVersion == 2
    and .executionRoleArn == $role
    and any(.containerDefinitions[]; .image == $image)
    and all(.containerDefinitions[]; .image | contains("IMAGE") | not)
    and (tostring | contains("EXECUTION_ROLE_ARN") | not)' \
    "$work/Dockerrun.aws.json" >/dev/null ||
    fail "Dockerrun.aws.json must be of version 2, with EXECUTION_ROLE_ARN as executionRoleArn and IMAGE as the whole image of a container"
  mkdir bundle
  mv "$work/Dockerrun.aws.json" bundle/
}

rm -rf bundle
check_variables
commit=$CODEBUILD_RESOLVED_SOURCE_VERSION
registry=${IMAGE_REPOSITORY_URI%%/*}
repository=${IMAGE_REPOSITORY_URI#*/}
image=$IMAGE_REPOSITORY_URI:$commit
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if image_exists; then
  echo "$image exists: no test, no build, no push."
else
  publish_image
fi
render
cat bundle/Dockerrun.aws.json
