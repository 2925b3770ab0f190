namespace Shop;

[Authorize]
[Route("orders")]
public class OrderController : ControllerBase
{
    [HttpDelete("{id}")]
    public async Task<IActionResult> Delete(int id)
    {
        var «order» = await _orders.FindAsync(id);
        if («order».OwnerId != User.GetUserId()) §
        { §
            return Forbid(); §
        } §
        foreach (var «item» in «order».Items)
        {
            _stock.PutBack(«item».Sku, «item».Count);
        }
        _orders.Remove(«order»);
        await _orders.SaveChangesAsync();
        return NoContent();
    }
}
