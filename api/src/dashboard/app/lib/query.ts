/** Reading and changing, with a cache keyed by address: a change names the addresses it makes stale. */
import { QueryClient, useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";
import { tell } from "../ui/toast.tsx";
import { call, Problem } from "./api.ts";

export const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5000,
      refetchOnWindowFocus: true,
      retry: (failures, error) =>
        failures < 2 && !(error instanceof Problem && error.status >= 400 && error.status < 500),
    },
  },
});

interface GetOptions {
  /** Read again so often. */
  everyMs?: number;
  keep?: boolean;
}

/** @param path null: not yet */
export function useGet<T>(path: string | null, { everyMs, keep }: GetOptions = {}) {
  return useQuery<T, Problem>({
    queryKey: [path],
    queryFn: () => call<T>("GET", path ?? ""),
    enabled: path !== null,
    ...(everyMs === undefined ? {} : { refetchInterval: everyMs }),
    ...(keep === true ? { placeholderData: (before: T | undefined) => before as never } : {}),
  });
}

export interface Page<T> {
  data: T[];
  next_cursor: string | null;
}

/** A list that grows page by page, newest first. */
export function usePages<T>(path: string | null, { limit = 50, everyMs }: { limit?: number; everyMs?: number } = {}) {
  const query = useInfiniteQuery<Page<T>, Problem>({
    queryKey: [path, "pages"],
    enabled: path !== null,
    initialPageParam: null,
    queryFn: ({ pageParam }) => {
      const more = pageParam === null ? "" : `&cursor=${encodeURIComponent(String(pageParam))}`;
      return call<Page<T>>("GET", `${path}${path?.includes("?") === true ? "&" : "?"}limit=${limit}${more}`);
    },
    getNextPageParam: (page) => page.next_cursor,
    ...(everyMs === undefined ? {} : { refetchInterval: everyMs }),
  });
  return { ...query, items: query.data?.pages.flatMap((page) => page.data) ?? [] };
}

/** Marks everything under these addresses as stale. */
export function touch(...prefixes: string[]): void {
  void client.invalidateQueries({
    predicate: ({ queryKey: [path] }) => prefixes.some((prefix) => String(path).startsWith(prefix)),
  });
}

interface DoOptions<Out> {
  touches?: string[];
  /** Said when it worked. */
  done?: string;
  /** Runs with what came of it. */
  after?: (out: Out) => void;
  /** Errors are shown where they belong, not as a notice. */
  quiet?: boolean;
}

export function useDo<In, Out>(run: (input: In) => Promise<Out>, options: DoOptions<Out> = {}) {
  return useMutation<Out, Problem, In>({
    mutationFn: run,
    onSuccess: (out) => {
      if (options.touches !== undefined) touch(...options.touches);
      if (options.done !== undefined) tell(options.done, "good");
      options.after?.(out);
    },
    onError: (error) => {
      if (options.quiet !== true) tell(error.message, "bad");
    },
  });
}
