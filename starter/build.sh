#!/usr/bin/env bash
# Tests, builds and pushes the one image of a release, and writes its digest to the file image-digest. The pipeline
# gives the tag, which belongs to this execution alone; it deploys the image that has both the tag and the digest,
# and makes the bundle from Dockerrun.aws.json itself.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

fail() {
  printf 'build.sh: %s\n' "$@" >&2
  exit 1
}

check_variables() {
  local problems=()
  [[ ${IMAGE_REPOSITORY_URI:-} =~ ^[0-9]{12}\.dkr[.-]ecr\.[a-z0-9-]+\.[a-z.]+/[a-z0-9._/-]+$ ]] || problems+=(
    "IMAGE_REPOSITORY_URI: \"${IMAGE_REPOSITORY_URI:-}\" is not the URI of an ECR repository without a tag; the CodeBuild project has to give it")
  [[ ${IMAGE_TAG:-} =~ ^[0-9a-f]{40}([0-9a-f]{24})?-[0-9a-f-]{36}$ ]] || problems+=(
    "IMAGE_TAG: \"${IMAGE_TAG:-}\" is not a commit, a hyphen and the ID of an execution; the pipeline's build action has to give it")
  [[ ${AWS_DEFAULT_REGION:-} ]] || problems+=("AWS_DEFAULT_REGION is not set; CodeBuild sets it to the region of the build")
  ((${#problems[@]} == 0)) || fail "${problems[@]}"
}

# Docker knows what it pushed, whatever the tag in the registry names by now.
pushed_digest() {
  local names name digests=()
  names=$(docker image inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$image") || fail "docker does not know the pushed image $image"
  while IFS= read -r name; do
    [[ $name == "$IMAGE_REPOSITORY_URI"@* ]] && digests+=("${name#*@}")
  done < <(sort -u <<<"$names")
  [[ ${#digests[@]} == 1 && ${digests[0]} =~ ^sha256:[0-9a-f]{64}$ ]] ||
    fail "docker knows the pushed image $image by the digests \"${digests[*]}\" instead of one; push it once, under this tag only"
  printf '%s\n' "${digests[0]}"
}

check_variables
rm -f image-digest
image=$IMAGE_REPOSITORY_URI:$IMAGE_TAG
docker build --target test .
docker build --build-arg "VERSION=${IMAGE_TAG:0:7}" --tag "$image" .
aws ecr get-login-password | docker login --username AWS --password-stdin "${IMAGE_REPOSITORY_URI%%/*}"
# An image that is there already was not built by these commands, so it is no reason to go on.
docker push "$image" || fail "cannot push $image; if there is an image with this tag, release the commit again"
digest=$(pushed_digest)
printf '%s\n' "$digest" >image-digest
