import { afterEach, expect, it, vi } from "vitest";
import { models, session, workflows } from "./endpoints";

const sent: Request[] = [];

function serverSays(status: number, body: unknown): void {
  vi.stubGlobal("fetch", async (request: Request) => {
    sent.push(request);
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return new Response(status === 204 ? null : text, { status });
  });
}

afterEach(() => {
  vi.unstubAllGlobals();
  sent.length = 0;
});

it("sends the CSRF token with every change, and only then", async () => {
  // biome-ignore lint/suspicious/noDocumentCookie: jsdom has no cookie store
  document.cookie = "csrftoken=abc";
  serverSays(200, { models: [] });

  await models.list();
  await models.setDefault("practice", "chat");

  expect(sent.map((request) => request.headers.get("X-CSRFToken"))).toEqual([null, "abc"]);
});

it("throws the server's error with its code and field", async () => {
  serverSays(422, { error: { code: "weak_password", message: "Too common.", hint: "", field: "password" } });

  await expect(session.setPassword("password")).rejects.toMatchObject({
    code: "weak_password",
    field: "password",
    status: 422,
  });
});

it("gives a code to answers that are not ours", async () => {
  serverSays(502, "<html>Bad gateway</html>");

  await expect(models.list()).rejects.toMatchObject({ code: "server_unavailable" });
});

it("says offline when nobody answers", async () => {
  vi.stubGlobal("fetch", async () => {
    throw new TypeError("Failed to fetch");
  });

  await expect(models.list()).rejects.toMatchObject({ code: "offline" });
});

it("gives files as text", async () => {
  serverSays(200, "treadle: 1\n");

  await expect(workflows.exportFile("w")).resolves.toBe("treadle: 1\n");
});

it("sends a file as it is", async () => {
  serverSays(201, { id: "w" });

  await workflows.importFile("treadle: 1\nname: Ü\n");

  expect(sent[0]?.headers.get("Content-Type")).toBe("application/yaml");
  await expect(sent[0]?.text()).resolves.toBe("treadle: 1\nname: Ü\n");
});
