import "@testing-library/jest-dom/vitest";
import { cleanup, configure } from "@testing-library/react";
import { afterEach } from "vitest";

// A busy machine is no fault of what is tested: waiting ends at once when what is waited for is there.
configure({ asyncUtilTimeout: 10_000 });

afterEach(cleanup);
