/** What the server says when it cannot answer (RFC 9457). */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  field?: string;
  limit?: string;
}

/** A request that failed: by the server's answer (`status` of HTTP), or without one (`status` 0). */
export class ApiError extends Error {
  readonly status: number;
  readonly field: string | null;
  readonly limit: string | null;

  constructor(problem: Pick<Problem, 'status' | 'detail'> & Partial<Problem>) {
    super(problem.detail);
    this.name = 'ApiError';
    this.status = problem.status;
    this.field = problem.field ?? null;
    this.limit = problem.limit ?? null;
  }

  /** Whether nothing answered at all. */
  get unreachable(): boolean {
    return this.status === 0;
  }
}

/** Parameters of a query; those undefined or empty are left out. */
export type Parameters = Record<string, string | number | boolean | null | undefined>;

/** The address of an API path with its parameters. */
export function apiUrl(path: string, parameters: Parameters = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== null && value !== '') query.set(name, String(value));
  }
  const text = query.toString();
  return text === '' ? path : `${path}?${text}`;
}

async function problemOf(response: Response): Promise<ApiError> {
  const fallback = { status: response.status, detail: `The server answered ${response.status} without a reason.` };
  try {
    const body = (await response.json()) as Partial<Problem>;
    return new ApiError({ ...fallback, ...body, status: response.status, detail: body.detail ?? fallback.detail });
  } catch {
    return new ApiError(fallback);
  }
}

/** Reads one path of the API. Throws `ApiError`; an aborted request throws what `fetch` throws. */
export async function read<T>(path: string, parameters: Parameters = {}, signal?: AbortSignal): Promise<T> {
  let response: Response;
  try {
    response = await fetch(apiUrl(path, parameters), {
      headers: { accept: 'application/json' },
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (reason) {
    if (signal?.aborted === true) throw reason;
    throw new ApiError({ status: 0, detail: 'The server does not answer.' });
  }
  if (!response.ok) throw await problemOf(response);
  return (await response.json()) as T;
}
