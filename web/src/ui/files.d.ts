// SPDX-License-Identifier: Apache-2.0
// Files that the build puts beside the app: the import is their address.
declare module '*.worker.js' {
  const url: string;
  export default url;
}
