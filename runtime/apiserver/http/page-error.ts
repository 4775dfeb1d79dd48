import { ApiError, apiError } from '../../api/status.ts';

/**
 * A fault that the original tells as a page of text, whatever the client takes: those that it finds
 * before it looks at what that is.
 */
export class PageError extends ApiError {
  constructor(message: string) {
    super(apiError('InternalError', message).status);
  }

  /** `Internal Server Error: "/api/v1/pods": …`, with nothing in it that a browser could run. */
  page(url: string): string {
    const text = `Internal Server Error: ${JSON.stringify(url)}: ${this.message}\n`;
    return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  }
}
