import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

type Texts = Record<string, string>;

const here = join(process.cwd(), "src/i18n");
const namespaces = readdirSync(join(here, "en")).map((file) => file.replace(".json", ""));

/** All texts of a catalogue by their dotted keys. */
function texts(language: string, namespace: string): Texts {
  const flat: Texts = {};
  const walk = (value: unknown, path: string[]): void => {
    if (typeof value === "string") flat[path.join(".")] = value;
    else for (const [key, inner] of Object.entries(value as object)) walk(inner, [...path, key]);
  };
  walk(JSON.parse(readFileSync(join(here, language, `${namespace}.json`), "utf8")), []);
  return flat;
}

/** Plural forms differ by language: English has one and other, Chinese only other. */
const withoutPlural = (key: string) => key.replace(/_(one|other)$/, "");
const keys = (language: string, namespace: string) =>
  [...new Set(Object.keys(texts(language, namespace)).map(withoutPlural))].sort();
const blanks = (text: string) => [...new Set(text.match(/\{\{\s*\w+|<\/?\d+>/g) ?? [])].sort();

describe.each(namespaces)("catalogue %s", (namespace) => {
  const en = texts("en", namespace);
  const zh = texts("zh", namespace);

  it("has every text in both languages", () => {
    expect(keys("zh", namespace)).toEqual(keys("en", namespace));
  });

  it("fills the same blanks in both languages", () => {
    for (const [key, text] of Object.entries(zh)) {
      expect(`${key} ${blanks(text)}`).toBe(
        `${key} ${blanks(en[key] ?? en[`${withoutPlural(key)}_other`] ?? "")}`,
      );
    }
  });

  it("is written in Chinese, with Chinese punctuation", () => {
    for (const [key, text] of Object.entries(zh)) {
      expect(`${key}: ${text}`).not.toMatch(/[一-鿿][,;:?!](\s|$)/);
    }
  });

  it("calls the reader 你 in Chinese, as the help of the steps does", () => {
    for (const [key, text] of Object.entries(zh)) expect(`${key}: ${text}`).not.toContain("您");
  });

  it("speaks plainly in Chinese", () => {
    for (const [key, text] of Object.entries(zh)) {
      if (isForProgrammers(key)) continue;
      for (const [word, instead] of Object.entries(FORBIDDEN_ZH)) {
        const said = text.replace(/\{\{.*?\}\}/g, "").match(new RegExp(word, "i"));
        expect(said ? `${namespace}:${key} says “${said[0]}”; say “${instead}”` : "").toBe("");
      }
    }
  });

  it("speaks plainly in English", () => {
    for (const [key, text] of Object.entries(en)) {
      if (isForProgrammers(key)) continue;
      for (const [word, instead] of Object.entries(FORBIDDEN)) {
        const said = text
          .replace(FIGURES, "")
          .replace(/\{\{.*?\}\}/g, "")
          .match(new RegExp(`\\b(${word})\\b`, "i"));
        expect(said ? `${namespace}:${key} says “${said[0]}”; say “${instead}”` : "").toBe("");
      }
    }
  });
});

/** Behind "technical" and in the card for programmers their own words are the plain ones. */
const isForProgrammers = (key: string) => key.split(".").some((part) => /^technical/i.test(part));

/** The word is explained where it is first met; beside a figure ("340 tokens") it may stand alone. */
const FIGURES = /words processed \(tokens\)|\{\{count\}\} tokens?/gi;

const FORBIDDEN: Record<string, string> = {
  "nodes?": "step",
  "edges?": "connection",
  "variables?": "information",
  "prompts?": "instructions",
  "LLMs?": "AI model",
  "deploy(s|ed|ment)?": "publish",
  "DSL|JSON|YAML": "file",
  "executions?|executed?s?": "run",
  "pars(e|es|ed|ing)": "read",
  "schemas?": "(nothing)",
  "payloads?": "(nothing)",
  "tokens?": "words processed (tokens)",
  "credentials?": "connection",
  "knowledge bases?": "knowledge",
  "embed(s|ded|ding)?": "put on your website",
  "branch(es)?": "path",
  "iterat(e|es|ed|ion|ions)": "repeat",
  "workflows?": "app",
};

/** Words that Chinese programmers use, and what is said here instead. */
const FORBIDDEN_ZH: Record<string, string> = {
  节点: "步骤",
  变量: "信息",
  提示词: "指令",
  "大模型|LLM": "AI 模型",
  部署: "发布",
  "DSL|JSON|YAML": "文件",
  解析: "读取",
  "载荷|端点|字符串|布尔|数组": "(nothing)",
  令牌: "密钥",
  "凭据|凭证": "密钥",
  知识库: "知识",
  嵌入: "放到你的网站上",
  分支: "路径",
  迭代: "重复",
  工作流: "应用",
  "报错|异常|堆栈": "出错",
  "上游|下游": "前面的、后面的步骤",
};

describe("words for errors", () => {
  const words = texts("en", "errors");
  const known = new Set(Object.keys(words).map((key) => key.split(".")[0]));
  const root = join(process.cwd(), "..");

  it("are there for every code a run can fail with", () => {
    const source = readFileSync(join(root, "nodes/sdk/errors.py"), "utf8");
    const table = /CODES[^=]*= \{([^}]*)\}/.exec(source)?.[1] ?? "";
    const codes = [...table.matchAll(/"(\w+)"/g)].map(([, code]) => code ?? "");

    expect(codes.length).toBeGreaterThan(15);
    expect(codes.filter((code) => !known.has(code))).toEqual([]);
  });

  it("are there for every code the server names in an error or a problem", () => {
    const codes = new Set<string>();
    for (const folder of ["backend", "nodes/sdk", "nodes/builtin"]) {
      for (const file of pythonFiles(join(root, folder))) {
        const source = readFileSync(file, "utf8");
        const named = /(?:ApiError\(\s*\d{3},|GraphError\(|Problem\(|come_back\()\s*"([a-z_]+)"/g;
        for (const [, code] of source.matchAll(named)) codes.add(code ?? "");
      }
    }

    expect(codes.size).toBeGreaterThan(40);
    expect([...codes].filter((code) => !known.has(code)).sort()).toEqual([]);
  });

  it("say what happened and, but for a stopped answer, what to do", () => {
    expect(known.size).toBeGreaterThan(100);
    for (const code of known) {
      expect(`${code}: ${words[`${code}.message`]}`).toMatch(/[.!]$/);
      expect(`${code}: ${words[`${code}.hint`]}`).toMatch(/[.!]$/);
    }
  });
});

function pythonFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".py"))
    .map((file) => join(folder, file));
}
