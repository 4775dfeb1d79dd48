/**
 * The pages that the kubelet of a node serves over HTTP on a real cluster: `/healthz`, `/pods`,
 * `/stats/summary`, metrics. Here they have no port; the API server hands requests to the proxy of a
 * node on to them.
 */

export interface NodePage {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export interface NodePages {
  /**
   * What a GET of the path answers; a path that there is not has a page of its own, 404. Throws ApiError
   * where the node's kubelet or its engine does not answer.
   */
  page(node: string, path: string): Promise<NodePage>;
}
