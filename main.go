// Command durable-objects-mcp is an MCP server, and the same verbs as
// subcommands, that scaffolds, configures, reviews and proves Cloudflare Durable
// Objects. Without arguments it serves MCP on standard input and output.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"durable-objects-mcp/gotchas"
	"durable-objects-mcp/internal/engine"
	"durable-objects-mcp/internal/results"
	"durable-objects-mcp/internal/sarif"
	"durable-objects-mcp/internal/verify"
	"durable-objects-mcp/internal/wrangler"
	"durable-objects-mcp/tools"
)

// Exit codes of the subcommands.
const (
	exitOK       = 0
	exitFindings = 1 // errors found, or not everything passed
	exitBroken   = 2 // it could not run
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// errFindings is the error of a run that worked and found something.
var errFindings = errors.New("findings")

func run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) int {
	c := &cli{in: in, out: out, err: errOut}
	root := c.root()
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errOut)
	switch err := root.ExecuteContext(ctx); {
	case err == nil:
		return exitOK
	case errors.Is(err, errFindings):
		return exitFindings
	default:
		fmt.Fprintln(errOut, "durable-objects-mcp:", err)
		return exitBroken
	}
}

// cli holds the streams and the flags that several subcommands share.
type cli struct {
	in       io.Reader
	out, err io.Writer

	rootDir    string
	format     string
	resultsDir string
	depth      string
	overwrite  bool
	dryRun     bool
	verbose    bool

	inLine bool // a line of progress stands on the terminal
}

func (c *cli) root() *cobra.Command {
	cmd := &cobra.Command{
		Use:           "durable-objects-mcp",
		Short:         "Scaffold, configure, review and prove Cloudflare Durable Objects",
		Long:          "Without a subcommand it serves MCP on standard input and output, for coding agents.\nThe subcommands do the same work on a terminal or in CI.",
		Args:          cobra.NoArgs,
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          func(cmd *cobra.Command, _ []string) error { return c.serve(cmd.Context()) },
	}
	cmd.PersistentFlags().StringVar(&c.rootDir, "root", "", "directory that files are read and written in (default: $CLAUDE_PROJECT_DIR, else the working directory)")
	cmd.Flags().BoolVar(&c.verbose, "verbose", false, "log each request to standard error")
	cmd.AddCommand(c.build(), c.scaffold(), c.config(), c.review(), c.verify(), c.explain())
	return cmd
}

// version is the module version that the binary was built from.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

func (c *cli) engine() (*engine.Engine, error) {
	dir, err := results.DefaultRoot(c.rootDir, os.Getenv, os.Getwd, os.UserHomeDir)
	if err != nil {
		return nil, err
	}
	root, err := results.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &engine.Engine{Root: root}, nil
}

func (c *cli) serve(ctx context.Context) error {
	e, err := c.engine()
	if err != nil {
		return err
	}
	o := tools.Options{Engine: e, Version: version()}
	if c.verbose {
		o.Log = slog.New(slog.NewTextHandler(c.err, nil))
	}
	return tools.Serve(ctx, tools.NewServer(o), c.in, c.out)
}

// progress says what is being done: on a terminal in one line that the next takes
// over, else in a line of its own.
func (c *cli) progress(line string) {
	if !terminal(c.err) {
		fmt.Fprintf(c.err, "… %s\n", line)
		return
	}
	c.inLine = true
	fmt.Fprintf(c.err, "\r\x1b[K… %.70s", line)
}

// endProgress clears the line for what comes after it.
func (c *cli) endProgress() {
	if c.inLine {
		c.inLine = false
		fmt.Fprint(c.err, "\r\x1b[K")
	}
}

func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
}

func (c *cli) resultsFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&c.resultsDir, "results", "results", "directory of the deliverables, inside the root")
}

func (c *cli) formatFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&c.format, "format", "text", "text or json")
}

// print writes a result in the asked format.
func (c *cli) print(r engine.Result) error {
	if c.format == "text" {
		_, err := fmt.Fprint(c.out, r.Text())
		return err
	}
	return c.encode(r)
}

// encode writes JSON as people like to read it.
func (c *cli) encode(v any) error {
	enc := json.NewEncoder(c.out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// result runs one verb of the engine and prints what it returns.
func result[R engine.Result](c *cli, verb func(e *engine.Engine) (R, error)) (R, error) {
	var r R
	if c.format != "text" && c.format != "json" {
		return r, fmt.Errorf("--format is %q; allowed are text and json", c.format)
	}
	e, err := c.engine()
	if err != nil {
		return r, err
	}
	if r, err = verb(e); err != nil {
		return r, err
	}
	return r, c.print(r)
}

func (c *cli) build() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "build SPEC",
		Short: "The whole runbook: scaffold, configure, review and verify a Durable Object",
		Args:  exactly(1, "the spec, as one quoted argument"),
		RunE: func(cmd *cobra.Command, args []string) error {
			depth, err := verify.ParseDepth(c.depth)
			if err != nil {
				return err
			}
			e, err := c.engine()
			if err != nil {
				return err
			}
			s, report, err := e.Build(cmd.Context(), engine.BuildRequest{Spec: args[0], ResultsDir: c.resultsDir, Overwrite: c.overwrite, Depth: depth, Progress: c.progress})
			c.endProgress()
			if err != nil {
				return err
			}
			fmt.Fprintf(c.out, "%s\n", report.Text())
			if s.Open > 0 {
				fmt.Fprintf(c.out, "Left to you, because no pattern covers it:\n")
				for _, cl := range s.OpenClauses() {
					fmt.Fprintf(c.out, "- %q: %s (where: %s)\n", cl.Text, cl.Missing, cl.Where)
				}
			}
			if !report.OverallPassed {
				return errFindings
			}
			return nil
		},
	}
	c.resultsFlag(cmd)
	cmd.Flags().BoolVar(&c.overwrite, "overwrite", false, "replace files that exist")
	cmd.Flags().StringVar(&c.depth, "depth", "runtime", "static, types or runtime")
	return cmd
}

func (c *cli) scaffold() *cobra.Command {
	var blueprint string
	var grow, project bool
	cmd := &cobra.Command{
		Use:   "scaffold [SPEC]",
		Short: "Write durable_object.ts, summary.md, scenario.json and blueprint.json from a spec or a blueprint",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			req := engine.ScaffoldRequest{Grow: grow, Project: project, ResultsDir: c.resultsDir, Overwrite: c.overwrite, DryRun: c.dryRun}
			if len(args) == 0 && blueprint == "" {
				return errors.New("scaffold needs the spec, as one quoted argument, or --blueprint FILE")
			}
			if len(args) == 1 {
				req.Spec = args[0]
			}
			if blueprint != "" {
				data, err := os.ReadFile(blueprint)
				if err != nil {
					return err
				}
				req.Blueprint = string(data)
			}
			_, err := result(c, func(e *engine.Engine) (*engine.ScaffoldResult, error) { return e.Scaffold(req) })
			return err
		},
	}
	cmd.Flags().BoolVar(&project, "project", false, "also write package.json, tsconfig.json, a vitest configuration, a test made from the scenario, and .gitignore")
	cmd.Flags().BoolVar(&grow, "grow", false, "add what the spec or the blueprint names to the object in the results directory")
	cmd.Flags().StringVar(&blueprint, "blueprint", "", "JSON file that says what to build, as --format json returns it; beside a spec it decides")
	c.resultsFlag(cmd)
	c.formatFlag(cmd)
	cmd.Flags().BoolVar(&c.overwrite, "overwrite", false, "replace files that exist")
	cmd.Flags().BoolVar(&c.dryRun, "dry-run", false, "write nothing and print the code")
	return cmd
}

func (c *cli) config() *cobra.Command {
	var req engine.ConfigRequest
	var rename, rebind, transfer, transferTo string
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Write what is missing in a Workers configuration for the code",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			for _, r := range []struct {
				flag, value string
				into        **wrangler.Rename
			}{{"--rename", rename, &req.Rename}, {"--rename-binding", rebind, &req.RenameBinding}} {
				if r.value == "" {
					continue
				}
				from, to, ok := strings.Cut(r.value, "=")
				if !ok {
					return fmt.Errorf("%s is %q; write it as OldName=NewName", r.flag, r.value)
				}
				*r.into = &wrangler.Rename{From: from, To: to}
			}
			if transfer != "" {
				script, from, to, err := transferred("--transfer", transfer)
				if err != nil {
					return err
				}
				req.Transfer = &wrangler.Transfer{FromScript: script, From: from, To: to}
			}
			if transferTo != "" {
				script, from, to, err := transferred("--transfer-to", transferTo)
				if err != nil {
					return err
				}
				req.TransferTo = &wrangler.Handover{ToScript: script, From: from, To: to}
			}
			req.ResultsDir, req.DryRun = c.resultsDir, c.dryRun
			_, err := result(c, func(e *engine.Engine) (*engine.ConfigResult, error) { return e.Config(req) })
			return err
		},
	}
	c.resultsFlag(cmd)
	c.formatFlag(cmd)
	cmd.Flags().StringVar(&req.ConfigPath, "config", "", "the configuration of an existing project, instead of a results directory")
	cmd.Flags().StringVar(&req.Name, "name", "", "the Worker's name for a new file")
	cmd.Flags().StringVar(&req.Lifecycle, "lifecycle", "", "migrations or exports, for a new file (default migrations)")
	cmd.Flags().BoolVar(&req.MoveToExports, "move-to-exports", false, "replace migrations by exports, in a change of its own; once deployed there is no way back")
	cmd.Flags().StringVar(&rename, "rename", "", "a class that was renamed in the code, OldName=NewName")
	cmd.Flags().StringVar(&rebind, "rename-binding", "", "a binding that gets another name on env, OLD_NAME=NEW_NAME")
	cmd.Flags().StringVar(&req.Environment, "environment", "", "an environment to add, with the bindings that it does not inherit; with a transfer, one that is there and takes part")
	cmd.Flags().StringVar(&transfer, "transfer", "", "a class that another Worker hands over with its data, worker:Class or worker:OldName=NewName")
	cmd.Flags().StringVar(&transferTo, "transfer-to", "", "a class that this Worker hands over to another one, worker:Class or worker:NameHere=NameThere")
	cmd.Flags().IntVar(&req.Deployed, "deployed", 0, "the last stage that is deployed, of a rename or transfer that takes several")
	cmd.Flags().StringSliceVar(&req.Delete, "delete", nil, "classes to delete with all their data")
	cmd.Flags().BoolVar(&c.dryRun, "dry-run", false, "write nothing and print the diff")
	return cmd
}

// transferred reads a Worker and a class, which may have another name there.
func transferred(flag, value string) (script, from, to string, err error) {
	script, names, ok := strings.Cut(value, ":")
	from, to, renamed := strings.Cut(names, "=")
	if !ok {
		return "", "", "", fmt.Errorf("%s is %q; write it as worker:Class, or worker:OldName=NewName", flag, value)
	}
	if !renamed {
		to = from
	}
	return script, from, to, nil
}

func (c *cli) review() *cobra.Command {
	var req engine.ReviewRequest
	var fix bool
	cmd := &cobra.Command{
		Use:   "review PATH…",
		Short: "Review code against every gotcha; exit 1 with errors",
		Long: `Reviews files, directories and Workers configurations (wrangler.jsonc, .json or
.toml, which stand for their Worker) against every gotcha; exits 1 with errors.

Of a directory, each file belongs to the nearest configuration above it. Read are
.ts, .tsx, .mts, .cts, .js, .jsx and .mjs files that have to do with Durable
Objects. Left out are hidden directories (.git, .wrangler, …), node_modules,
bower_components, vendor, dist, build, out, coverage and __generated__;
declarations (.d.ts); *.min.js, *.bundle.js, *.gen.ts and *.generated.ts; and files
whose first comment says that they are generated and not to be edited. JavaScript
that is minified or names a source map is left out too, and named under "not read",
as is a file over 2 MiB. A file named as PATH is always reviewed.`,
		Args: cobra.ArbitraryArgs,
		RunE: func(_ *cobra.Command, args []string) error {
			if c.format != "text" && c.format != "json" && c.format != "sarif" {
				return fmt.Errorf("--format is %q; allowed are text, json and sarif", c.format)
			}
			if c.dryRun && !fix {
				return errors.New("--dry-run goes with --fix; a review alone writes nothing")
			}
			req.Paths = args
			e, err := c.engine()
			if err != nil {
				return err
			}
			r, shown, err := review(e, req, fix, c.dryRun)
			if err != nil {
				return err
			}
			if c.format == "sarif" {
				err = c.encode(sarif.FromReview(r.Result, version()))
			} else {
				err = c.print(shown)
			}
			if err == nil && r.Errors() > 0 {
				return errFindings
			}
			return err
		},
	}
	cmd.Flags().StringVar(&c.format, "format", "text", "text, json or sarif")
	cmd.Flags().StringVar(&req.ConfigPath, "config", "", "the Workers configuration of all files (default: the nearest above each)")
	cmd.Flags().BoolVar(&req.Changed, "changed", false, "review what changed files belong to, and report on these alone (uses git)")
	cmd.Flags().StringVar(&req.Base, "base", "", "with --changed: changed since the branch left this revision (default: since HEAD)")
	cmd.Flags().BoolVar(&fix, "fix", false, "make the edits that are certainly right, and print them")
	cmd.Flags().BoolVar(&c.dryRun, "dry-run", false, "with --fix: write nothing and print the diff")
	return cmd
}

// review runs a review, and first the edits where they are asked for. It returns
// what remains, and what to show.
func review(e *engine.Engine, req engine.ReviewRequest, fix, dry bool) (*engine.ReviewResult, engine.Result, error) {
	if !fix {
		r, err := e.Review(req)
		return r, r, err
	}
	r, err := e.Fix(req, dry)
	if err != nil {
		return nil, nil, err
	}
	return r.ReviewResult, r, nil
}

func (c *cli) verify() *cobra.Command {
	var configPath, environment string
	cmd := &cobra.Command{
		Use:   "verify DIR",
		Short: "Prove a results directory, or a project, and write validation_report.json and report.html; exit 1 unless all passed",
		Long: `Proves the results directory DIR: durable_object.ts with its wrangler.jsonc.

With --config it proves an existing project where it stands: the configuration's
main module, with what that imports, the packages that are installed and the
project's own tsconfig.json. DIR then holds scenario.json, if there is one, and
gets the reports.`,
		Args: exactly(1, "the results directory"),
		RunE: func(cmd *cobra.Command, args []string) error {
			depth, err := verify.ParseDepth(c.depth)
			if err != nil {
				return err
			}
			r, err := result(c, func(e *engine.Engine) (*verify.Report, error) {
				defer c.endProgress()
				return e.Verify(cmd.Context(), engine.VerifyRequest{ResultsDir: args[0], ConfigPath: configPath, Environment: environment, Depth: depth, Progress: c.progress})
			})
			if err != nil {
				return err
			}
			if !r.OverallPassed {
				return errFindings
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&configPath, "config", "", "the Workers configuration of an existing project to prove")
	cmd.Flags().StringVar(&environment, "env", "", "the environment of the configuration to run (default: the top level)")
	c.formatFlag(cmd)
	cmd.Flags().StringVar(&c.depth, "depth", "runtime", "static, types or runtime")
	return cmd
}

func (c *cli) explain() *cobra.Command {
	return &cobra.Command{
		Use:   "explain [GOTCHA]",
		Short: "Print a gotcha's page, or the list of all",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				for _, f := range gotchas.Families {
					fmt.Fprintf(c.out, "%s\n", f.Title)
					for _, g := range f.Gotchas {
						fmt.Fprintf(c.out, "  %-28s %-8s %s\n", g.ID, g.Severity, g.Title)
					}
				}
				return nil
			}
			g, err := gotchas.Get(args[0])
			if err != nil {
				return err
			}
			fmt.Fprint(c.out, gotchas.Page(g))
			return nil
		},
	}
}

// exactly is cobra.ExactArgs with words for what is wanted.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return fmt.Errorf("%s takes %d argument, %s; %d were given. See %s --help", cmd.Name(), n, what, len(args), cmd.CommandPath())
		}
		return nil
	}
}
