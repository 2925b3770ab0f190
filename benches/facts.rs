//! How many bytes a second each language is read at: `cargo bench --bench facts`.
#![allow(missing_docs)]

use afterclick::facts::{Language, read};
use divan::counter::BytesCount;

fn main() {
    divan::main();
}

/// One piece of each language, with what such files are full of: routes, guards, queries, maps.
const PIECES: &[(Language, &str)] = &[
    (
        Language::CSharp,
        r#"[Authorize(Roles = "Admin")] [HttpGet("orders/{id}")]
public async Task<IActionResult> Show(Guid id, [FromQuery] string q = "x") {
    var order = await _db.Orders.Where(o => o.UserId == _user.Id && !o.Deleted).FirstOrDefaultAsync() ?? throw new NotFoundException();
    if (order is null || order.Total > 100 && !await _auth.CanAsync(order)) { return Unauthorized(); }
    using (var tx = _db.Begin()) { order.Total += 2 * q.Length; tx.Commit(); }
    return Ok(new { order.Id, Total = order.Total, Name = $"{order.Name} x" });
}
"#,
    ),
    (
        Language::Go,
        r#"func (s *Server) show(ctx context.Context, w http.ResponseWriter, id string) (*Order, error) {
	order, err := s.store.Orders(ctx).Where("user_id = ?", userID(ctx)).Find(id)
	if err != nil { return nil, fmt.Errorf("find: %w", err) }
	if !order.Visible(userID(ctx)) || order.Total > 100 { http.Error(w, "no", http.StatusForbidden); return nil, ErrForbidden }
	for i, line := range order.Lines { order.Total += line.Price * int64(i) }
	return order, s.send(ctx, Message{To: order.Email, Body: map[string]any{"id": order.ID}})
}
"#,
    ),
    (
        Language::Java,
        r#"@PreAuthorize("hasRole('ADMIN')") @GetMapping(value = "/orders/{id}", produces = {"a", "b"})
public Order show(@PathVariable("id") Long id, Principal user) throws Missing {
    Order order = repository.findById(id).orElseThrow(() -> new Missing("order " + id));
    if (!order.getOwner().equals(user.getName()) || order.getTotal() > 100) { throw new AccessDeniedException("no"); }
    try (Lock lock = locks.take(id)) { order.setTotal(order.getTotal() * 2); } catch (IOException e) { log.warn("x", e); }
    return switch (order.getKind()) { case A, B -> order; default -> mapper.map(order.getLines().stream().map(Line::copy).toList()); };
}
"#,
    ),
    (
        Language::JavaScript,
        r#"router.get("/orders/:id", requireLogin, async (req, res) => {
  const order = await Order.findOne({ where: { id: req.params.id, userId: req.user.id }, include: ["lines"] });
  if (!order || (order.total > 100 && !req.user.admin)) return res.status(403).json({ error: `no ${req.params.id}` });
  const { total = 0, ...rest } = order;
  for (const line of order.lines) { order.total += line.price * 2; }
  return res.json({ ...rest, total, lines: order.lines.map((line) => ({ id: line.id })) });
});
"#,
    ),
    (
        Language::Php,
        r#"#[Route('/orders/{id}', methods: ['GET'])] #[IsGranted('ROLE_ADMIN')]
function show(Request $request, int $id): Response {
    $order = Order::where('user_id', $request->user()->id)->with('lines')->findOrFail($id);
    if (!$this->isGranted('view', $order) || $order->total > 100) { throw $this->createAccessDeniedException(); }
    foreach ($order->lines as $key => $line) { $order->total += $line->price * 2; }
    return response()->json(['id' => $order->id, 'total' => $order->total, 'name' => "x {$order->name}"]);
}
"#,
    ),
    (
        Language::Python,
        r#"@app.route("/orders/<id>", methods=["GET"])
@login_required
def show(id, q: str = "x"):
    order = Order.objects.filter(user=request.user, deleted=False).select_related("lines").get(pk=id)
    if not order.visible(request.user) or (order.total > 100 and not request.user.is_admin):
        raise PermissionDenied(f"no {id}")
    with transaction.atomic():
        order.total += sum(line.price * 2 for line in order.lines.all() if line.open)
    return jsonify({"id": order.id, "total": order.total, "lines": [line.id for line in order.lines]})

"#,
    ),
    (
        Language::Ruby,
        r#"before_action :authenticate_user!, only: %i[show update]
def show
  @order = current_user.orders.where(deleted: false).includes(:lines).find(params[:id])
  return head(:forbidden) unless policy(@order).show? || @order.total < 100
  Order.transaction do
    @order.lines.each { |line| @order.total += line.price * 2 }
  end
  render json: { id: @order.id, total: @order.total, name: "x #{@order.name}" }
end
"#,
    ),
    (
        Language::Rust,
        r#"#[get("/orders/<id>", data = "<data>")]
async fn show(id: OrderId, headers: Headers, data: Json<Data>, conn: DbConn) -> JsonResult {
    let Some(order) = Order::find_by_user(&id, &headers.user.uuid, &conn).await else { err!("Order does not exist") };
    if !order.is_visible(&headers.user) || order.total > 100 { err_code!("no", Status::Forbidden.code); }
    let total = match order.kind { Kind::A => order.total * 2, Kind::B(x) if x > 3 => return Err(Error::new("x")), _ => 0 };
    order.lines.iter().map(|line| line.price + total).sum::<u64>();
    Ok(Json(json!({ "id": order.id, "total": total, "lines": order.lines.len() })))
}
"#,
    ),
    (
        Language::Shell,
        r#"deploy() {
  local target="$1"
  [ -n "$TOKEN" ] || { echo "no token" >&2; exit 1; }
  if ! kubectl --context "$target" apply -f "deploy/${target}.yml" | tee log; then rollback "$target"; exit 2; fi
  for host in a b c; do ssh "$host" "systemctl restart ${SERVICE:-web}" || return 1; done
}
"#,
    ),
    (
        Language::Tsx,
        r#"export async function Page({ params, user }: Props): Promise<JSX.Element> {
  const order: Order | null = await db.order.findUnique({ where: { id: params.id, userId: user.id } });
  if (!order || (order.total > 100 && !user.admin)) { redirect("/login"); }
  const onClick = useCallback(() => { save(order as Order); }, [order]);
  return <Layout title={`x ${order.name}`}>{order.lines.map((line) => <Line key={line.id} {...line} onClick={onClick} />)}</Layout>;
}
"#,
    ),
];

#[divan::bench(args = PIECES.iter().map(|(language, _)| *language))]
fn lower(bencher: divan::Bencher<'_, '_>, language: Language) {
    let piece = PIECES.iter().find(|(it, _)| *it == language);
    let mut source = match language {
        Language::Php => "<?php class A {\n".to_owned(),
        Language::Java | Language::CSharp => "class A {\n".to_owned(),
        Language::Go => "package a\n".to_owned(),
        _ => String::new(),
    };
    for _ in 0..200 {
        source.push_str(piece.map_or("", |(_, piece)| piece));
    }
    if matches!(language, Language::Php | Language::Java | Language::CSharp) {
        source.push('}');
    }
    bencher
        .counter(BytesCount::of_str(&source))
        .bench_local(|| read(language, divan::black_box(&source)));
}

/// The parser alone, to compare with.
#[divan::bench]
fn parse_typescript(bencher: divan::Bencher<'_, '_>) {
    let piece = PIECES.iter().find(|(it, _)| *it == Language::Tsx);
    let source = piece.map_or("", |(_, piece)| piece).repeat(200);
    let grammar = tree_sitter_typescript::LANGUAGE_TSX.into();
    bencher
        .counter(BytesCount::of_str(&source))
        .bench_local(|| afterclick::facts::lower::parse(&grammar, divan::black_box(&source)));
}
